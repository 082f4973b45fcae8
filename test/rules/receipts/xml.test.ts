/** XML: what can be written comes back as it was, and what is no XML is refused with the place. */
import test from 'ava';
import fc from 'fast-check';
import { element, isXmlText } from '../../../src/rules/receipts/xml.js';
import { readXml, XmlFault } from '../../../src/rules/receipts/xml-reader.js';

interface Seen {
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly uri: string;
}

function readOne(pieces: Iterable<string>): Seen {
  let seen: Seen = { text: '', attributes: {}, uri: '' };
  readXml(pieces, {
    open: (_, attributes, uri) => (seen = { ...seen, attributes, uri }),
    close: (_, text) => (seen = { ...seen, text }),
  });
  return seen;
}

const broken: readonly string[] = [
  '',
  'plain text',
  '<a>',
  '<a></b>',
  '<a/><b/>',
  '<a>&unknown;</a>',
  '<a b=c/>',
  '<a b="1" b="2"/>',
  '<x:a/>',
  '<a>\u0001</a>',
  '<a>&#0;</a>',
  '<?xml version="1.0" encoding="UTF-16"?><a/>',
  '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
];
for (const text of broken) {
  test(`${JSON.stringify(text)} is refused`, (t) => {
    t.throws(() => readOne([text]), { instanceOf: XmlFault });
  });
}

test('half characters and most control characters cannot be written', (t) => {
  for (const text of ['\0', '\u0001', '\u001f', '\ufffe', '\uffff', '\ud800', 'a\udfff', '\udc00\ud800'])
    t.false(isXmlText(text), JSON.stringify(text));
  for (const text of ['', '\t\r\n', 'é', '\u{1f4f7}', '\u0080', '\u2028', '\ufffd'])
    t.true(isXmlText(text), JSON.stringify(text));
});

test('whatever can be written is read back as it was, as text and as an attribute', (t) => {
  const texts = fc.string({ unit: 'binary', maxLength: 40 });
  const marked = fc.oneof(
    texts,
    fc.string({ unit: fc.constantFrom('<', '&', '"', "'", '>', '\r', '\n', '\t', ' ', ']') }),
  );
  fc.assert(
    fc.property(marked, marked, (text, value) => {
      fc.pre(isXmlText(text) && isXmlText(value));
      t.like(readOne([element('a', text, { b: value, c: undefined })]), { text, attributes: { b: value } });
    }),
  );
});

test('the pieces that a document comes in do not matter', (t) => {
  const document = `<?xml version="1.0"?>\n${element('a', '\u{1f4f7}&<\r\n', { b: 'x"y' })}`;
  fc.assert(
    fc.property(fc.array(fc.nat(document.length), { maxLength: 5 }), (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), document.length];
      const pieces = places.slice(1).map((end, at) => document.slice(places[at], end));
      t.is(readOne(pieces).text, '\u{1f4f7}&<\r\n');
    }),
  );
});

test('the namespace of an element is told, whatever its prefix', (t) => {
  t.is(readOne(['<a xmlns="urn:x"/>']).uri, 'urn:x');
  t.is(readOne(['<p:a xmlns:p="urn:x"/>']).uri, 'urn:x');
});

test('sections of plain characters are text', (t) => {
  t.is(readOne(['<a>1<![CDATA[<2>]]>3</a>']).text, '1<2>3');
});
