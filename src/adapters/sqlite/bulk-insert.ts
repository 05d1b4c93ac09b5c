export * from '../sqlite-file/bulk-insert.js';
