/** Lines as bytes: the encoding is exact, and no change to a line goes unseen. */
import { execFileSync } from 'node:child_process';
import test from 'ava';
import { encodeLine, linkOf, readLine, startOfLedger } from '../../../src/store/ledger/chain.js';
import type { NewLine } from '../../../src/store/ledger/lines.js';
import { testWith } from '../../support/needs.js';
import { hash, startMs } from './ledger-kit.js';

const b3 = 'ab'.repeat(32);
const source = '99999999-9999-4999-8999-999999999999';
const at = '2026-11-21T18:26:03.120Z';

/** Each kind of line in full, and what must be on disk between `{"n":1,"at":"...",` and `,"link"`. */
const examples: readonly (readonly [NewLine, string])[] = [
  [
    {
      ...{
        do: 'source',
        source,
        name: 'Photos',
        computer: 'desk',
        root: '/home/a',
        volume: 'v',
        folder: 'Photos',
      },
      after: { writer: 'w', n: 7 },
    },
    `"do":"source","source":"${source}","name":"Photos","computer":"desk","root":"/home/a","volume":"v",` +
      `"folder":"Photos","after":{"writer":"w","n":7}`,
  ],
  [
    {
      ...{ evidence: 'proven', aside: 'Versions/P/a 1', from: 'Incoming/w/1', stored: 'Pictures/P/a', b3 },
      ...{
        xattrs: { 'user.z': 'eg==', 'user.a': 'YQ==' },
        mode: 420,
        modified: -5,
        bytes: 9,
        path: 'a',
        source,
      },
      ...{ raw: true, do: 'keep' },
    },
    `"do":"keep","source":"${source}","path":"a","raw":true,"bytes":9,"modified":-5,"mode":420,` +
      `"xattrs":{"user.a":"YQ==","user.z":"eg=="},"b3":"${b3}","stored":"Pictures/P/a",` +
      `"from":"Incoming/w/1","aside":"Versions/P/a 1","evidence":"proven"`,
  ],
  [
    { do: 'keep', source, path: 'l', kind: 'link', target: '../x\n', bytes: 0, modified: 1 },
    `"do":"keep","source":"${source}","path":"l","kind":"link","target":"../x\\n","bytes":0,"modified":1`,
  ],
  [
    { do: 'retire', source, path: 'd', kind: 'folder', stored: 'Pictures/P/d' },
    `"do":"retire","source":"${source}","path":"d","kind":"folder","stored":"Pictures/P/d"`,
  ],
  [
    {
      ...{ do: 'move', source, path: 'b', was: 'a', wasRaw: true, modified: 3 },
      ...{ stored: 'Pictures/P/b', from: 'Pictures/P/a', aside: 'Versions/P/b 1' },
    },
    `"do":"move","source":"${source}","path":"b","was":"a","wasRaw":true,"modified":3,` +
      `"stored":"Pictures/P/b","from":"Pictures/P/a","aside":"Versions/P/b 1"`,
  ],
  [
    { do: 'scrub', first: 'A', last: 'Z', files: 2, bytes: 3, evidence: 'written', bad: ['Pictures/P/a'] },
    `"do":"scrub","first":"A","last":"Z","files":2,"bytes":3,"evidence":"written","bad":["Pictures/P/a"]`,
  ],
  [
    { do: 'damaged', stored: 'Pictures/P/a', b3, found: 'missing' },
    `"do":"damaged","stored":"Pictures/P/a","b3":"${b3}","found":"missing"`,
  ],
  [
    { do: 'healed', stored: 'Pictures/P/a', b3, with: 'vault x' },
    `"do":"healed","stored":"Pictures/P/a","b3":"${b3}","with":"vault x"`,
  ],
  [
    { do: 'prune', stored: 'Versions/P/a 1', b3, reasons: ['old'] },
    `"do":"prune","stored":"Versions/P/a 1","b3":"${b3}","reasons":["old"]`,
  ],
  [
    {
      ...{
        destinations: [{ folder: '/a/Smith', files: 7, receipt: 'ascmhl/1.mhl', b3 }],
        bytes: 9,
        files: 7,
      },
      ...{ card: { name: 'EOS', maker: 'Canon', volume: '1A2B' }, job: 'Smith', do: 'ingest' },
    },
    `"do":"ingest","job":"Smith","card":{"name":"EOS","maker":"Canon","volume":"1A2B"},"files":7,"bytes":9,` +
      `"destinations":[{"folder":"/a/Smith","files":7,"receipt":"ascmhl/1.mhl","b3":"${b3}"}]`,
  ],
  [{ do: 'settled', upTo: 4 }, `"do":"settled","upTo":4`],
];

const first = { previous: startOfLedger, atMs: startMs };

for (const [line, fields] of examples) {
  const kind = 'kind' in line ? `${line.do} ${line.kind}` : line.do;
  test(`a ${kind} line has its keys in the order on disk`, (t) => {
    const { bytes } = encodeLine(line, first, hash);
    const text = bytes.toString();
    t.is(text.slice(0, text.indexOf(',"link"')), `{"n":1,"at":"${at}",${fields}`);
    t.regex(text, /,"link":"[0-9a-f]{32}"\}\n$/);
  });

  test(`a ${kind} line reads back as it was written, and encodes to the same bytes again`, (t) => {
    const encoded = encodeLine(line, first, hash);
    const read = readLine(encoded.bytes.subarray(0, -1), startOfLedger, hash);
    if (read.is !== 'line') throw new Error(read.is);
    t.deepEqual(read.line, encoded.line);
    const { n, at: moment, link, ...rest } = read.line;
    t.deepEqual([n, moment, link], [1, at, read.position.link]);
    t.deepEqual(encodeLine(rest, first, hash).bytes, encoded.bytes);
  });
}

test('the link covers the link before it and every byte up to its own comma', (t) => {
  const body = Buffer.from('{"n":2,"at":"x"');
  const previous = '00112233445566778899aabbccddeeff';
  t.is(linkOf(previous, body, hash), hash(Buffer.concat([Buffer.from(previous, 'hex'), body])).slice(0, 32));
  t.is(linkOf('', body, hash), hash(body).slice(0, 32));
});

testWith(['b3sum'], "b3sum alone computes a line's link", (t) => {
  const one = encodeLine({ do: 'settled', upTo: 0 }, first, hash);
  const previous = { n: 1, link: one.line.link };
  const two = encodeLine({ do: 'settled', upTo: 1 }, { previous, atMs: startMs }, hash);
  const text = two.bytes.toString();
  const input = Buffer.concat([
    Buffer.from(previous.link, 'hex'),
    Buffer.from(text.slice(0, text.indexOf(',"link"'))),
  ]);
  const sum = execFileSync('b3sum', ['--no-names', '--length', '16'], { input }).toString().trim();
  t.is(sum, two.line.link);
});

test('no flipped bit of a line goes unseen', (t) => {
  const [line] = examples[1] ?? [];
  if (!line) throw new Error('no example');
  const { bytes } = encodeLine(line, first, hash);
  for (let bit = 0; bit < (bytes.length - 1) * 8; bit++) {
    const changed = Buffer.from(bytes.subarray(0, -1));
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    t.is(readLine(changed, startOfLedger, hash).is, 'damaged', `bit ${String(bit)}`);
  }
});

/** A line as some other program might have written it, with a link that is right. */
function chained(text: string): Buffer {
  const body = Buffer.from(text.slice(0, -1));
  return Buffer.from(`${body.toString()},"link":"${linkOf('', body, hash)}"}`);
}

test('a line of a kind we do not know is sound and is passed over', (t) => {
  const read = readLine(chained(`{"n":1,"at":"${at}","do":"drill","seed":"x"}`), startOfLedger, hash);
  t.is(read.is, 'later');
  if (read.is === 'later') t.is(read.position.n, 1);
});

test('a line about an ingest is let be in whatever form it is', (t) => {
  const read = readLine(chained(`{"n":1,"at":"${at}","do":"ingest","card":"x"}`), startOfLedger, hash);
  t.is(read.is, 'line');
});

test('fields we do not know are let be', (t) => {
  const read = readLine(
    chained(`{"n":1,"at":"${at}","do":"settled","upTo":0,"mood":"calm"}`),
    startOfLedger,
    hash,
  );
  t.is(read.is, 'line');
  if (read.is === 'line') t.is((read.line as unknown as { mood: string }).mood, 'calm');
});

const strange: readonly (readonly [string, string])[] = [
  ['a known line in an unknown form', `{"n":1,"at":"${at}","do":"settled","upTo":"all"}`],
  ['a line without its moment', `{"n":1,"do":"settled","upTo":1}`],
  ['a moment that is none', `{"n":1,"at":"today","do":"settled","upTo":1}`],
  ['text that is not JSON', `{"n":1 "at"}`],
  [
    'a path that leads out of the vault',
    `{"n":1,"at":"${at}","do":"prune","stored":"Versions/../../x","reasons":[]}`,
  ],
  ['an absolute path', `{"n":1,"at":"${at}","do":"prune","stored":"/etc/passwd","reasons":[]}`],
  ['a path into the ledger', `{"n":1,"at":"${at}","do":"prune","stored":"Ledger/w/1","reasons":[]}`],
  ['a hash that is none', `{"n":1,"at":"${at}","do":"prune","stored":"Versions/P/a","b3":"AB","reasons":[]}`],
  [
    "a source's folder that is a path",
    `{"n":1,"at":"${at}","do":"source","source":"s","name":"n","computer":"c","root":"/","folder":"../x"}`,
  ],
];

for (const [title, text] of strange) {
  test(`${title} is not understood, although its link is right`, (t) => {
    t.is(readLine(chained(text), startOfLedger, hash).is, 'newer');
  });
}

test('a line under another number than its place is damage', (t) => {
  t.is(readLine(chained(`{"n":3,"at":"${at}","do":"settled","upTo":1}`), startOfLedger, hash).is, 'damaged');
});

test('a field that no reader would take is refused when it is to be written', (t) => {
  const climbing = { do: 'prune', stored: 'Versions/../x', reasons: [] } as const;
  t.throws(() => encodeLine(climbing, first, hash), { message: /no reader would take/ });
  const odd = { do: 'settled', upTo: 1, mood: 'calm' } as unknown as NewLine;
  t.throws(() => encodeLine(odd, first, hash), { message: /has no mood/ });
});
