/** Whether this is `npm run test:long`, which takes all cases of which `npm test`, run after each edit, takes a sample. */
export const isLong = process.env['REKNIT_LONG'] === 'true';
