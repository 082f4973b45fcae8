/** What was measured, as tables that a person can read and paste. */
import os from 'node:os';
import { readFile } from 'node:fs/promises';
import { run } from '../test/support/commands.js';

export const passes = ['first backup', 'unchanged', '1 % changed'] as const;
export type Pass = (typeof passes)[number];

/** Median seconds and largest memory of each pass of one program. */
export interface Row {
  readonly name: string;
  readonly seconds: Readonly<Record<Pass, number>>;
  readonly peakBytes: Readonly<Record<Pass, number | undefined>>;
}

function line(cells: readonly string[]): string {
  return cells.map((cell, at) => (at === 0 ? cell.padEnd(18) : cell.padStart(22))).join('');
}

function cell(row: Row, pass: Pass, baseline: Row | undefined): string {
  const seconds = `${row.seconds[pass].toFixed(2)} s`;
  return baseline ? `${(row.seconds[pass] / baseline.seconds[pass]).toFixed(2)} (${seconds})` : seconds;
}

function mebibytes(bytes: number | undefined): string {
  return bytes === undefined ? 'unknown' : `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

/** Times as ratios to the baseline's, seconds in brackets; then peak memory. */
export function table(title: string, rows: readonly Row[], baselineName: string): string {
  const baseline = rows.find((row) => row.name === baselineName);
  const unit = baseline ? `time, as a ratio to ${baselineName}` : 'time';
  return [
    title,
    line([unit === 'time' ? unit : 'ratio', ...passes]),
    ...rows.map((row) => line([row.name, ...passes.map((pass) => cell(row, pass, baseline))])),
    line(['peak memory', ...passes]),
    ...rows.map((row) => line([row.name, ...passes.map((pass) => mebibytes(row.peakBytes[pass]))])),
    baseline ? `(${unit}; below 1 is faster)` : '',
  ].join('\n');
}

/** The machine, so that nobody compares seconds of two of them. */
export async function machine(folder: string): Promise<string> {
  const cpus = os.cpus();
  const model = cpus[0]?.model.trim() ?? 'unknown processor';
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const system = /^PRETTY_NAME="(.*)"$/m.exec(release)?.[1] ?? os.type();
  const where = await run('stat', ['-f', '-c', '%T', folder]).catch(() => undefined);
  const fileSystem = where?.status === 0 ? where.stdout.trim() : 'unknown file system';
  const memory = `${Math.round(os.totalmem() / 2 ** 30)} GiB`;
  const parts = [
    `${model} x ${cpus.length}`,
    memory,
    system,
    os.release(),
    fileSystem,
    `Node ${process.version}`,
  ];
  return parts.join(', ');
}
