/*
 * Writes down, in one order, what a process does to the files of one folder: writes, cuts, syncs and removals, with
 * the bytes. Preloaded into a process (LD_PRELOAD), with REKNIT_RECORD naming the folder and REKNIT_RECORD_LOG the log.
 *
 * A record: kind, length of the name, offset, length of the bytes; then the name, then the bytes. With
 * REKNIT_FAIL_AT=n the n-th write, cut or sync fails with REKNIT_FAIL_ERRNO instead.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { files_max = 4096, name_max = 256 };
struct header { uint32_t kind, name; uint64_t offset, bytes; };
enum { WRITE = 1, TRUNCATE = 2, SYNC = 3, UNLINK = 4 };

static char names[files_max][name_max];
static const char *folder, *log_name;
static int log_fd = -1;
static long fail_at, calls;
static int fail_errno = EIO;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_fsync)(int), (*real_fdatasync)(int), (*real_ftruncate)(int, off_t), (*real_close)(int), (*real_unlink)(const char *);

__attribute__((constructor)) static void begin(void) {
  real_write = dlsym(RTLD_NEXT, "write");
  real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
  real_close = dlsym(RTLD_NEXT, "close");
  real_unlink = dlsym(RTLD_NEXT, "unlink");
  folder = getenv("REKNIT_RECORD");
  log_name = getenv("REKNIT_RECORD_LOG");
  if (getenv("REKNIT_FAIL_AT")) fail_at = atol(getenv("REKNIT_FAIL_AT"));
  if (getenv("REKNIT_FAIL_ERRNO")) fail_errno = atoi(getenv("REKNIT_FAIL_ERRNO"));
  if (folder && log_name) log_fd = open(log_name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* The part of a path behind the folder; nothing for paths elsewhere. */
static const char *name_of(const char *path) {
  size_t length = folder ? strlen(folder) : 0;
  if (!length || !path || strncmp(path, folder, length) || path[length] != '/') return NULL;
  return path + length + 1;
}

static const char *recorded(int fd) {
  return log_fd >= 0 && fd >= 0 && fd < files_max && names[fd][0] ? names[fd] : NULL;
}

static void note_open(int fd, const char *path) {
  if (fd < 0 || fd >= files_max) return;
  const char *name = name_of(path);
  if (name) snprintf(names[fd], name_max, "%s", name);
  else names[fd][0] = 0;
}

static int fails(void) {
  return fail_at && __sync_add_and_fetch(&calls, 1) == fail_at;
}

static void note(uint32_t kind, const char *name, uint64_t offset, const void *bytes, uint64_t length) {
  struct header header = { kind, (uint32_t)strlen(name), offset, length };
  pthread_mutex_lock(&lock);
  real_write(log_fd, &header, sizeof header);
  real_write(log_fd, name, header.name);
  if (length) real_write(log_fd, bytes, length);
  pthread_mutex_unlock(&lock);
}

#define OPEN(function)                                                                  \
  int function(const char *path, int flags, ...) {                                            \
    va_list rest;                                                                             \
    va_start(rest, flags);                                                                    \
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;                 \
    va_end(rest);                                                                             \
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, #function);                        \
    int fd = real(path, flags, mode);                                                         \
    if (fd >= 0) note_open(fd, path);                                                         \
    return fd;                                                                                \
  }
OPEN(open)
OPEN(open64)

int close(int fd) {
  if (fd >= 0 && fd < files_max) names[fd][0] = 0;
  return real_close(fd);
}

static ssize_t at(int fd, const void *bytes, size_t length, off_t offset) {
  const char *name = recorded(fd);
  if (name && fails()) { errno = fail_errno; return -1; }
  ssize_t written = real_pwrite(fd, bytes, length, offset);
  if (name && written > 0) note(WRITE, name, offset, bytes, written);
  return written;
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return at(fd, bytes, length, offset); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) { return at(fd, bytes, length, offset); }

ssize_t write(int fd, const void *bytes, size_t length) {
  const char *name = recorded(fd);
  if (!name) return real_write(fd, bytes, length);
  if (fails()) { errno = fail_errno; return -1; }
  struct stat found;
  off_t offset = lseek(fd, 0, SEEK_CUR);
  if ((fcntl(fd, F_GETFL) & O_APPEND) && !fstat(fd, &found)) offset = found.st_size;
  ssize_t written = real_write(fd, bytes, length);
  if (written > 0) note(WRITE, name, offset, bytes, written);
  return written;
}

static int cut(int fd, off_t length) {
  const char *name = recorded(fd);
  if (name && fails()) { errno = fail_errno; return -1; }
  int result = real_ftruncate(fd, length);
  if (name && !result) note(TRUNCATE, name, length, NULL, 0);
  return result;
}
int ftruncate(int fd, off_t length) { return cut(fd, length); }
int ftruncate64(int fd, off64_t length) { return cut(fd, length); }

static int synced(int fd, int (*real)(int)) {
  const char *name = recorded(fd);
  if (name && fails()) { errno = fail_errno; return -1; }
  int result = real(fd);
  if (name && !result) note(SYNC, name, 0, NULL, 0);
  return result;
}
int fsync(int fd) { return synced(fd, real_fsync); }
int fdatasync(int fd) { return synced(fd, real_fdatasync); }

int unlink(const char *path) {
  int result = real_unlink(path);
  const char *name = name_of(path);
  if (name && log_fd >= 0 && !result) note(UNLINK, name, 0, NULL, 0);
  return result;
}
