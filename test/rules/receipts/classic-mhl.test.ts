/** Classic manifests. */
import test from 'ava';
import { readClassicManifest, writeClassicManifest } from '../../../src/rules/receipts/classic-mhl.js';
import { XmlFault } from '../../../src/rules/receipts/xml-reader.js';

test('what is no manifest of version 1 is refused', (t) => {
  for (const document of [
    '<hashlist version="2.0"/>',
    '<hashlist/>',
    '<list version="1.1"/>',
    '<hashlist version="1.1">',
  ])
    t.throws(() => readClassicManifest([document]), { instanceOf: XmlFault }, document);
});

test('a manifest is read back as it was, without what its schema has no place for', (t) => {
  const full = {
    path: ' DCIM/a & b\n.jpg',
    bytes: 12,
    modifiedAt: '2026-11-20T00:00:00Z',
    hashes: [
      { format: 'md5', digest: 'd41d8cd98f00b204e9800998ecf8427e' },
      { format: 'xxhash64be', digest: '0123456789abcdef' },
    ],
    hashedAt: '2026-11-22T00:00:00Z',
  } as const;
  const pieces = writeClassicManifest({
    ...{ username: 'anna', hostname: 'desk', tool: 'Glassine 0.1.0' },
    ...{ startedAt: '2026-11-22T00:00:00Z', finishedAt: '2026-11-22T00:01:00Z' },
    files: [full, { ...full, bytes: 0 }, { ...full, hashes: [] }],
  });
  const text = [...pieces].join('');
  t.deepEqual(readClassicManifest([text]), [full]);
  // As its schema wants them, in this order.
  const elements = [...text.matchAll(/<(\w+)[ >]/g)].map(([, name]) => name);
  t.deepEqual(elements, [
    ...['hashlist', 'creatorinfo', 'username', 'hostname', 'tool', 'startdate', 'finishdate'],
    ...['hash', 'file', 'size', 'lastmodificationdate', 'md5', 'xxhash64be', 'hashdate'],
  ]);
});

test('what other tools leave out is left out', (t) => {
  const list = '<hashlist version="1.0"><hash><file>a</file><size>3</size><null></null></hash></hashlist>';
  t.deepEqual(readClassicManifest([list]), [{ path: 'a', bytes: 3, hashes: [] }]);
});
