export * from '../sqlite-file/connection.js';
