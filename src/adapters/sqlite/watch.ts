export * from '../sqlite-file/watch.js';
