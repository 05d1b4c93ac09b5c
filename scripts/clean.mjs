/** Removes what the build writes. Whoever packs starts from here, so that no output of a deleted source is shipped. */
import { rmSync } from 'node:fs';

for (const folder of ['dist', '.bench', '.examples']) rmSync(folder, { recursive: true, force: true });
