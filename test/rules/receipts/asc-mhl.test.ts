/** Manifests and chains as they are written, and read back. */
import test from 'ava';
import fc from 'fast-check';
import {
  alwaysIgnored,
  type Manifest,
  manifestName,
  mhlFormats,
  writeChain,
  writeManifest,
} from '../../../src/rules/receipts/asc-mhl.js';
import { readChain, readManifest } from '../../../src/rules/receipts/read-asc-mhl.js';
import { isXmlText } from '../../../src/rules/receipts/xml.js';
import { XmlFault } from '../../../src/rules/receipts/xml-reader.js';

const head = {
  createdAt: '2026-11-22T07:00:00.000Z',
  hostname: 'desk',
  tool: { name: 'Glassine', version: '0.1.0' },
  process: 'transfer',
  ignore: alwaysIgnored,
} as const;

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter(isXmlText);
const hash = fc.record(
  {
    format: fc.constantFrom(...mhlFormats),
    digest: fc.stringMatching(/^[0-9a-f]{16}$/),
    action: fc.constantFrom('original' as const, 'verified' as const, 'failed' as const),
    at: fc.constant('2026-11-22T06:00:00.000Z'),
  },
  { requiredKeys: ['format', 'digest'] },
);
/** In the order in which the schema wants them, each format once. */
const hashes = fc
  .uniqueArray(hash, { selector: ({ format }) => format })
  .map((all) => mhlFormats.flatMap((format) => all.filter((each) => each.format === format)));
const file = fc.record(
  {
    path: text,
    hashes,
    bytes: fc.nat(),
    modifiedAt: fc.constant('2026-11-20T00:00:00.000Z'),
    previousPath: text,
  },
  { requiredKeys: ['path', 'hashes'] },
);
const folder = fc.record({ path: text, content: hashes, structure: hashes });
const root = fc.record({ content: hashes, structure: hashes });

test('what is no manifest is refused', (t) => {
  const wrong = [
    '<hashlist version="1.1"/>',
    '<hashlist version="2.0" xmlns="urn:ASC:MHL:v3.0"/>',
    '<other xmlns="urn:ASC:MHL:v2.0"/>',
    '<hashlist xmlns="urn:ASC:MHL:v2.0">',
  ];
  for (const document of wrong) t.throws(() => readManifest([document]), { instanceOf: XmlFault }, document);
  t.throws(() => readChain('<ascmhldirectory/>'), { instanceOf: XmlFault });
});

test('every manifest that can be written is read back as it was', (t) => {
  const manifests = fc.record(
    {
      root,
      comment: text,
      files: fc.array(file, { maxLength: 4 }),
      folders: fc.array(folder, { maxLength: 2 }),
    },
    { requiredKeys: ['files', 'folders'] },
  );
  fc.assert(
    fc.property(manifests, (some) => {
      const manifest: Manifest = { ...head, ...some };
      const { references, ...read } = readManifest(writeManifest(manifest));
      t.deepEqual(references, []);
      t.deepEqual(read, { ...manifest, files: some.files, folders: some.folders });
    }),
  );
});

test('a manifest that was damaged anywhere is read as something else, or refused, and nothing worse', (t) => {
  const files = [
    { path: 'a & b', bytes: 1, hashes: [{ format: 'xxh64', digest: '0123456789abcdef' } as const] },
  ];
  const whole = [...writeManifest({ ...head, files, folders: [] })].join('');
  const damage = fc.record({ at: fc.nat(whole.length), gone: fc.nat(40), come: fc.string({ maxLength: 8 }) });
  fc.assert(
    fc.property(damage, ({ at, gone, come }) => {
      try {
        readManifest([whole.slice(0, at) + come + whole.slice(at + gone)]);
      } catch (error) {
        t.true(error instanceof XmlFault, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});

test('what a tool says for itself is passed by, whatever its elements are called', (t) => {
  const document = `<hashlist version="2.0" xmlns="urn:ASC:MHL:v2.0"><creatorinfo>
    <creationdate>x</creationdate><hostname>h</hostname><tool version="1">t</tool></creatorinfo>
    <processinfo><process>flatten</process></processinfo>
    <hashes><hash><path size="3">a</path><xxh64 action="odd">0123456789abcdef</xxh64>
    <metadata><path>b</path><hash><path>c</path></hash><md5>d</md5></metadata></hash></hashes>
    <metadata><hash><path>e</path></hash></metadata>
    <references><hashlistreference><path>A/ascmhl/1.mhl</path><c4>c4x</c4></hashlistreference></references></hashlist>`;
  const { files, process, references } = readManifest([document]);
  t.deepEqual(files, [{ path: 'a', bytes: 3, hashes: [{ format: 'xxh64', digest: '0123456789abcdef' }] }]);
  t.is(process, 'flatten');
  t.deepEqual(references, [{ path: 'A/ascmhl/1.mhl', c4: 'c4x' }]);
});

test('a chain is read back as it was', (t) => {
  const chain = [
    { number: 1, name: '0001_a & b_2026-11-22_070000Z.mhl', c4: 'c4a' },
    { number: 2, name: '0002_a & b_2026-11-22_080000Z.mhl', c4: 'c4b' },
  ];
  t.deepEqual(readChain(writeChain(chain)), chain);
});

test('a manifest is called after its number, its folder and its moment', (t) => {
  const at = '2026-11-22T07:05:09.120Z';
  t.is(manifestName(1, 'A002', at), '0001_A002_2026-11-22_070509Z.mhl');
  t.is(manifestName(12345, '', at), '12345_root_2026-11-22_070509Z.mhl');
  t.is(manifestName(2, 'a\u0001\nb', at), '0002_ab_2026-11-22_070509Z.mhl');
  t.true(Buffer.byteLength(manifestName(3, 'é'.repeat(127), at)) <= 255);
});
