/**
 * `copy-tree SOURCE TARGET...` copies a folder to new folders through the addon, reads every copy back from
 * the medium, and ends with status 1 unless each of them is proven.
 */
import assert from 'node:assert';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { native } from '../../src/platform/native.js';
import type { TransferItem } from '../../src/platform/native.js';

const [, , source, ...targets] = process.argv;
assert(source !== undefined && targets.length > 0);

for (const target of targets) await mkdir(target, { recursive: true });
const items: TransferItem[] = [];
for (const entry of await readdir(source, { recursive: true, withFileTypes: true })) {
  const name = path.relative(source, path.join(entry.parentPath, entry.name));
  if (entry.isDirectory()) {
    for (const target of targets) await mkdir(path.join(target, name), { recursive: true });
  } else {
    items.push({
      source: path.join(source, name),
      targets: targets.map((target) => path.join(target, name)),
    });
  }
}
const results = await native.transfer(items);
const unproven = results.filter(
  (result) =>
    result.error !== undefined ||
    result.changed ||
    result.targets.some((target) => !target.matches || !target.cacheBypassed),
);
if (unproven.length > 0) {
  process.stderr.write(`${unproven.length} files are not proven, as ${JSON.stringify(unproven[0])}\n`);
  process.exitCode = 1;
}
