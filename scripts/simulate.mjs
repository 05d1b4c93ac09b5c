/**
 * Compiles the simulation with the sources that it simulates, and runs it.
 *
 *     npm run simulate -- --seeds 20000            from seed 1 on, on all processors
 *     npm run simulate -- --seeds 500 --store sqlite
 *     npm run simulate -- --seeds 1 --from 42      one of them once more
 */
import { node, tool } from './run.mjs';

tool('typescript/bin/tsc', ['-p', 'simulation']);
const { ok } = node(['--enable-source-maps', '.simulation/simulation/simulate.js', ...process.argv.slice(2)], {
  mayFail: true,
});
process.exit(ok ? 0 : 1);
