/**
 * A receipt as a page for people: one file that opens in any browser, prints on paper, and runs nothing. What
 * matters comes first and stays on two sheets, however much was copied; then comes every file.
 */
import { isEscaped, type SourcePath } from '../../base/paths.js';
import { describeBytes, describeCount } from '../people-times.js';
import { isListName, isManifestName, type Receipt, type SkippedFile } from './receipt.js';

/** So many of anything stand in the head; the rest is counted there and named below. */
const mostInHead = 6;
const mostLetters = 100;

/** The page, piece by piece. */
export function* receiptPage(receipt: Receipt): Generator<string> {
  const { job, verdict } = receipt;
  yield `<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n`;
  yield `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">\n`;
  yield `<meta name="viewport" content="width=device-width, initial-scale=1">\n`;
  yield `<title>Receipt: ${short(job)}</title>\n<style>${style}</style>\n</head>\n<body>\n<header>\n`;
  yield `<h1>${short(job)}</h1>\n`;
  const state = verdict.safe ? 'safe' : 'not-yet';
  yield `<section class="verdict ${state}"><p>${short(verdict.sentence)}</p>\n`;
  yield list(verdict.reasons.map(short));
  yield '</section>\n';
  yield counts(receipt);
  yield facts(receipt);
  yield destinations(receipt);
  yield left('Could not be copied', receipt.failed);
  yield damaged(receipt);
  yield left('Not copied', receipt.skipped);
  yield unnamed(receipt);
  yield checking;
  yield '</header>\n<main>\n';
  yield inFull(receipt);
  yield* fileTable(receipt);
  yield* leftTable('Could not be copied', receipt.failed);
  yield* damagedTable(receipt);
  yield* leftTable('Not copied', receipt.skipped);
  yield '</main>\n</body>\n</html>\n';
}

function counts({ expected, files, skipped, failed }: Receipt): string {
  const copied = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const rows = [
    ['On the card', describeCount(expected.files, 'file'), describeBytes(expected.bytes)],
    ['Copied here', describeCount(files.length, 'file'), describeBytes(copied)],
    ['Not copied', describeCount(skipped.length, 'file'), sizeOf(skipped)],
    ['Could not be copied', describeCount(failed.length, 'file'), sizeOf(failed)],
  ];
  const unaccounted = expected.files - files.length - skipped.length - failed.length;
  if (unaccounted !== 0) rows.push(['Not accounted for', describeCount(Math.abs(unaccounted), 'file'), '']);
  return `<table class="counts">\n${rows.map((cells) => row(cells)).join('')}</table>\n`;
}

function sizeOf(files: readonly { readonly bytes: number }[]): string {
  return describeBytes(files.reduce((sum, { bytes }) => sum + bytes, 0));
}

function facts({ card, cameras, startedAt, finishedAt, hostname, tool }: Receipt): string {
  const rows = [
    ['Card', short(card.name)],
    ...card.facts.slice(0, mostInHead).map(({ label, value }) => [short(label), short(value)]),
    ['Camera', short(cameras.length === 0 ? 'not known' : cameras.slice(0, mostInHead).join(', '))],
    ['Begun', short(momentText(startedAt))],
    ['Ended', short(momentText(finishedAt))],
    ['Computer', short(hostname)],
    ['Written by', `${short(tool.name)} ${short(tool.version)}`],
  ];
  return `<table class="facts">\n${rows.map((cells) => row(cells)).join('')}</table>\n`;
}

function destinations({ destinations: all }: Receipt): string {
  const shown = all.slice(0, mostInHead).map(({ name, folder, device, outcome, files, provenFiles }) => {
    const proven = provenFiles === files ? 'all read back' : `${describeCount(provenFiles)} read back`;
    const cells = [name, device ?? 'device not known', folder].map(short);
    return row([...cells, `${describeCount(files, 'file')}, ${proven}`, outcome]);
  });
  const more = all.length - shown.length;
  if (more > 0) shown.push(row([`and ${describeCount(more)} more`]));
  return `<h2>Where the copies are</h2>\n<table>\n${shown.join('')}</table>\n`;
}

/** What was left, counted by its reason. */
function left(title: string, files: readonly SkippedFile[]): string {
  if (files.length === 0) return '';
  const reasons = new Map<string, number>();
  for (const { why } of files) reasons.set(why, (reasons.get(why) ?? 0) + 1);
  const lines = [...reasons].map(([why, count]) => `${describeCount(count, 'file')}: ${short(why)}`);
  return `<h2>${title}</h2>\n${list(lines)}`;
}

const damagedTitle = 'Saved in part: damaged, and no copies';

function damaged({ damaged: files = [] }: Receipt): string {
  if (files.length === 0) return '';
  const lines = files.map(
    ({ at, bytes, missingBytes }) =>
      `${short(isEscaped(at) ? at.slice(1) : at)}: ${describeBytes(missingBytes)} of ${describeBytes(bytes)} are zeros`,
  );
  return `<h2>${damagedTitle}</h2>\n${list(lines)}`;
}

/** Names that the other files of this receipt cannot hold. */
function unnamed({ files }: Receipt): string {
  const lines = namesOutside(files).map(short);
  if (lines.length === 0) return '';
  return `<h2>In this list only: other receipts cannot hold these names</h2>\n${list(lines)}`;
}

function namesOutside(files: Receipt['files']): string[] {
  return files
    .filter(({ path }) => !isManifestName(path) || !isListName(path))
    .map(({ path }) => (isEscaped(path) ? path.slice(1) : path));
}

/** What the head had no room for. */
function inFull({ verdict, destinations: places, files }: Receipt): string {
  const parts: [title: string, lines: readonly string[]][] = [
    ['The verdict', [verdict.sentence, ...verdict.reasons]],
    ['Where the copies are', places.map(({ name, device = '', folder }) => `${name}, ${device}, ${folder}`)],
    ['Names that other receipts cannot hold', namesOutside(files)],
  ];
  const long = parts.filter(
    ([, lines]) => lines.length > mostInHead || lines.some((line) => line.length > mostLetters),
  );
  return long
    .map(([title, lines]) => {
      const items = lines.map((line) => `<li>${escaped(printable(line))}</li>\n`);
      return `<h2>${title}, in full</h2>\n<ul>\n${items.join('')}</ul>\n`;
    })
    .join('');
}

const checking =
  '<p class="check">To check these files with other programs: <code>b3sum --check BLAKE3SUMS</code>, or any ' +
  'program for ASC MHL, in this folder.</p>\n';

function* fileTable({ files }: Receipt): Generator<string> {
  yield `<h2>Every file</h2>\n<table class="files">\n<thead>`;
  yield row(['File', 'On the card', 'Bytes', 'BLAKE3', 'Evidence'], 'th');
  yield '</thead>\n';
  for (const { path, from, bytes, b3, evidence } of files) {
    const cells = [nameText(path), from === path ? 'the same' : nameText(from), describeCount(bytes)];
    yield row([...cells, `<code>${short(b3)}</code>`, evidence]);
  }
  yield '</table>\n';
}

function* leftTable(title: string, files: readonly SkippedFile[]): Generator<string> {
  if (files.length === 0) return;
  yield `<h2>${title}</h2>\n<table class="files">\n`;
  for (const { path, bytes, why } of files)
    yield row([nameText(path), describeCount(bytes), escaped(printable(why))]);
  yield '</table>\n';
}

function* damagedTable({ damaged: files = [] }: Receipt): Generator<string> {
  if (files.length === 0) return;
  yield `<h2>${damagedTitle}</h2>\n<table class="files">\n<thead>`;
  yield row(['On the card', 'Saved as', 'Bytes', 'Of these zeros'], 'th');
  yield '</thead>\n';
  for (const { path, at, bytes, missingBytes } of files)
    yield row([nameText(path), nameText(at), describeCount(bytes), describeCount(missingBytes)]);
  yield '</table>\n';
}

/** Cells are HTML already. */
function row(cells: readonly string[], kind: 'td' | 'th' = 'td'): string {
  return `<tr>${cells.map((cell) => `<${kind}>${cell}</${kind}>`).join('')}</tr>\n`;
}

function list(lines: readonly string[]): string {
  if (lines.length === 0) return '';
  const shown = lines.slice(0, mostInHead);
  const more = lines.length - shown.length;
  if (more > 0) shown.push(`and ${describeCount(more)} more, below`);
  return `<ul>\n${shown.map((line) => `<li>${line}</li>\n`).join('')}</ul>\n`;
}

function nameText(path: SourcePath): string {
  return escaped(printable(isEscaped(path) ? path.slice(1) : path));
}

/** A text for the head, which has room for so much. */
function short(text: string): string {
  const letters = Array.from(printable(text));
  return escaped(
    letters.length > mostLetters ? `${letters.slice(0, mostLetters).join('')}…` : letters.join(''),
  );
}

/** Letters that cannot be seen, or turn those after them round, as escapes. */
function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cs}\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** `2026-11-21 18:26:03 UTC`: who reads it may be anywhere. */
function momentText(moment: string): string {
  return moment.replace(/^(.{10})T(.{8}).*$/, '$1 $2 UTC');
}

const style = `
@page{size:A4;margin:14mm}
body{font:10pt/1.35 system-ui,sans-serif;color:#111;background:#fff}
body{margin:1em auto;max-width:60em;padding:0 1em}
h1{font-size:16pt;margin:.2em 0}
h2{font-size:11pt;margin:1em 0 .3em}
table{border-collapse:collapse;width:100%}
td,th{border-bottom:1px solid #ccc;padding:.2em .8em .2em 0}
td,th{text-align:left;vertical-align:top;overflow-wrap:anywhere}
.counts,.facts{width:auto}
.verdict{border:2px solid #111;padding:.4em .8em}
.verdict p{font-size:13pt;font-weight:bold;margin:.2em 0}
.safe{border-color:#186a2c}
.not-yet{border-color:#a33;border-style:dashed}
ul{margin:.2em 0;padding-left:1.4em}
.files{font-size:8pt}
code{font-family:ui-monospace,monospace;font-size:85%}
tr{break-inside:avoid}
main{break-before:page}
`;
