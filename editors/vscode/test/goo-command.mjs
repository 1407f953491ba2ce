// The `goo` command that is tested: `$GOO`, or what the repository has built.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = join(dirname(fileURLToPath(import.meta.url)), '../../..');
export const goo = process.env.GOO ?? join(repository, 'target/release/goo');
if (!existsSync(goo)) throw new Error(`${goo} is not there: cargo build --release, or set GOO`);
