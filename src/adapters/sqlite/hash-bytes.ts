export * from '../sqlite-file/hash-bytes.js';
