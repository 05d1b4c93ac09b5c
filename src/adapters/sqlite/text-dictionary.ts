export * from '../sqlite-file/text-dictionary.js';
