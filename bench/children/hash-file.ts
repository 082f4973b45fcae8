/** `hash-file FILE cheapest|medium` hashes one file through the addon and prints what it found, and how fast. */
import assert from 'node:assert';
import { native } from '../../src/platform/native.js';

export interface HashedFile {
  readonly b3: string;
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly cacheBypassed: boolean;
}

const [, , file, read] = process.argv;
assert(file !== undefined && (read === 'cheapest' || read === 'medium'));
const cpuBefore = process.cpuUsage();
const began = performance.now();
const [result] = await native.transfer([{ source: file, targets: [] }], { read });
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(cpuBefore);
assert(result && !result.error && !result.changed, JSON.stringify(result));
const { b3, cacheBypassed } = result;
const found: HashedFile = { b3, seconds, processorSeconds: (user + system) / 1e6, cacheBypassed };
process.stdout.write(`${JSON.stringify(found)}\n`);
