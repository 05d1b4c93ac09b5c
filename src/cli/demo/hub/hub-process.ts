/** `reknit hub` in a process of the demo's: the same program, which also ends when the demo does, however that ends. */
process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM')).resume();
await import('../../main.js');
