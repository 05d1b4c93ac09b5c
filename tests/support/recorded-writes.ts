/**
 * What a recorded process did to its files (record-writes.c), and what a crash at any point of it
 * would have left.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type Recorded =
  | { readonly type: 'write'; readonly name: string; readonly offset: number; readonly bytes: Buffer }
  | { readonly type: 'truncate'; readonly name: string; readonly length: number }
  | { readonly type: 'sync' | 'unlink'; readonly name: string };

const source = fileURLToPath(new URL('./record-writes.c', import.meta.url));
const kinds = ['', 'write', 'truncate', 'sync', 'unlink'] as const;

/** Compiles the recorder; answers why it cannot be, where it cannot. */
export const compileRecorder = (into: string): string | undefined => {
  if (process.platform !== 'linux') return 'writes are recorded on Linux alone';
  const { error, status, stderr } = spawnSync(
    'gcc',
    ['-O1', '-shared', '-fPIC', '-o', into, source, '-ldl', '-lpthread'],
    { encoding: 'utf8' },
  );
  if (error !== undefined) return 'there is no gcc to compile the recorder with';
  return status === 0 ? undefined : `the recorder does not compile: ${stderr}`;
};

export const readRecorded = (log: string): readonly Recorded[] => {
  const bytes = readFileSync(log);
  const recorded: Recorded[] = [];
  for (let at = 0; at < bytes.length;) {
    const type = kinds[bytes.readUInt32LE(at)];
    const nameBytes = bytes.readUInt32LE(at + 4);
    const offset = Number(bytes.readBigUInt64LE(at + 8));
    const length = Number(bytes.readBigUInt64LE(at + 16));
    const name = bytes.toString('utf8', at + 24, at + 24 + nameBytes);
    const start = at + 24 + nameBytes;
    at = start + length;
    if (type === 'write') recorded.push({ type, name, offset, bytes: bytes.subarray(start, at) });
    else if (type === 'truncate') recorded.push({ type, name, length: offset });
    else if (type === 'sync' || type === 'unlink') recorded.push({ type, name });
    else throw new Error(`the record at ${at} is of no kind`);
  }
  return recorded;
};

export type Image = ReadonlyMap<string, Buffer>;

/** Which of the operations that no sync has made durable a crash leaves, and how much of each. */
export type Survival = (operation: Recorded) => Recorded | undefined;

export interface Disk {
  readonly apply: (operation: Recorded) => void;
  /** What is on the disk after a crash now. */
  readonly after: (survives: Survival) => Image;
}

/** Files that are only memory that processes share. */
const isVolatile = (name: string): boolean => name.endsWith('-shm');

/**
 * A sync makes durable what was done to its file, and removals of files before it, as file
 * systems with a journal do; a removal that is not durable yet may or may not have happened.
 */
export const createDisk = (): Disk => {
  const durable = new Map<string, Buffer>();
  let pending: Recorded[] = [];
  return {
    apply: (operation) => {
      if (isVolatile(operation.name)) return;
      if (operation.type !== 'sync') {
        pending.push(operation);
        return;
      }
      const isDurable = (one: Recorded): boolean => one.name === operation.name || one.type === 'unlink';
      for (const one of pending) if (isDurable(one)) carryOut(durable, one);
      pending = pending.filter((one) => !isDurable(one));
    },
    after: (survives) => {
      const image = new Map([...durable].map(([name, bytes]) => [name, Buffer.from(bytes)]));
      for (const operation of pending) {
        const left = survives(operation);
        if (left !== undefined) carryOut(image, left);
      }
      return image;
    },
  };
};

const carryOut = (files: Map<string, Buffer>, operation: Recorded): void => {
  const { name } = operation;
  const before = files.get(name) ?? Buffer.alloc(0);
  switch (operation.type) {
    case 'write': {
      const { offset, bytes } = operation;
      const after =
        before.length >= offset + bytes.length
          ? before
          : Buffer.concat([before, Buffer.alloc(offset + bytes.length - before.length)]);
      bytes.copy(after, offset);
      files.set(name, after);
      return;
    }
    case 'truncate': {
      const { length } = operation;
      files.set(
        name,
        length <= before.length
          ? Buffer.from(before.subarray(0, length))
          : Buffer.concat([before, Buffer.alloc(length - before.length)]),
      );
      return;
    }
    case 'unlink':
      files.delete(name);
      return;
    case 'sync':
  }
};
