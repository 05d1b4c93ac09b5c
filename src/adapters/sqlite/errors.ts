export * from '../sqlite-file/errors.js';
