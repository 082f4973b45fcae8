/** The readable page: whole, escaped, and short where it has to be. */
import test from 'ava';
import fc from 'fast-check';
import { pathFromBytes } from '../../../src/base/paths.js';
import { receiptPage } from '../../../src/rules/receipts/page.js';
import type { Receipt } from '../../../src/rules/receipts/receipt.js';
import { readXml } from '../../../src/rules/receipts/xml-reader.js';
import { receiptFile, receiptOf } from '../../support/receipts.js';

const page = (receipt: Receipt): string => [...receiptPage(receipt)].join('');
const headOf = (receipt: Receipt): string => page(receipt).split('</header>')[0] ?? '';

/** Every element, by reading the page as XML: nothing a receipt says may become one, or break one. */
function elementsOf(text: string): string[] {
  const elements: string[] = [];
  const asXml = text.replace('<!doctype html>\n', '').replaceAll(/<(meta)([^>]*)>/g, '<$1$2/>');
  readXml([asXml], { open: (name) => elements.push(name), close: () => undefined });
  return elements;
}

const hostile = `"><script>alert(1)</script><img src=x onerror='x'>&amp;\u202egpj.\u0000\ud800\n`;

test('nothing in a receipt becomes markup, wherever it stands', (t) => {
  const texts = fc.oneof(fc.constant(hostile), fc.string({ unit: 'binary', maxLength: 30 }));
  const plain = new Set(elementsOf(page(receiptOf([receiptFile('a')], { skipped: [], failed: [] }))));
  fc.assert(
    fc.property(texts, (text) => {
      const left = [{ path: text, bytes: 1, why: text }];
      const receipt = receiptOf([receiptFile(text, { from: `${text}2`, b3: text })], {
        ...{ job: text, hostname: text, tool: { name: text, version: text }, cameras: [text] },
        card: { name: text, facts: [{ label: text, value: text }] },
        ...{ startedAt: text, finishedAt: text, skipped: left, failed: left },
        destinations: [{ name: text, folder: text, device: text, outcome: 'good', files: 1, provenFiles: 0 }],
        verdict: { safe: false, sentence: text, reasons: [text] },
        damaged: [{ path: text, at: text, bytes: 2, missingBytes: 1 }],
      });
      const elements = elementsOf(page(receipt));
      for (const element of elements) t.true(plain.has(element) || ['ul', 'li'].includes(element), element);
    }),
  );
});

test('it needs nothing from elsewhere and runs nothing', (t) => {
  const text = page(receiptOf([receiptFile('a')]));
  t.notRegex(text, /<script|<img|<link|https?:|url\(|@import|\son\w+=/i);
  t.regex(text, /Content-Security-Policy" content="default-src 'none'/);
});

test('what turns or hides letters is shown', (t) => {
  const text = page(receiptOf([receiptFile('a\u202egpj.exe\u0007')]));
  t.true(text.includes('a\\u{202e}gpj.exe\\u{7}'));
  t.true(page(receiptOf([receiptFile(pathFromBytes(Buffer.from([0x61, 0xff])))])).includes('a%FF'));
});

test('however much is in a receipt, its head stays short', (t) => {
  const many = Array.from({ length: 2000 }, (_, at) => at);
  const long = 'x'.repeat(5000);
  const left = many.map((at) => ({ path: `p${at}`, bytes: 1, why: `why ${at} ${long}` }));
  const receipt = receiptOf(
    many.map((at) => receiptFile(`f${at}\u0001`)),
    {
      ...{
        job: long,
        hostname: long,
        cameras: many.map((at) => `${long}${at}`),
        skipped: left,
        failed: left,
        damaged: many.map((at) => ({
          path: `d${at}`,
          at: `${long}${at}.partial`,
          bytes: 2,
          missingBytes: 1,
        })),
      },
      card: { name: long, facts: many.map((at) => ({ label: `l${at}`, value: long })) },
      destinations: many.map((at) => ({
        ...{ name: long, folder: long, outcome: 'good', files: 1, provenFiles: 1, device: `d${at}` },
      })),
      verdict: { safe: false, sentence: long, reasons: many.map((at) => `${at} ${long}`) },
    },
  );
  const head = headOf(receipt);
  t.true((head.match(/<(tr|li)>/g)?.length ?? 0) < 60);
  t.true(head.length < 12_000, String(head.length));
  const whole = page(receipt);
  t.true(whole.includes('why 1999'), 'every file is told below');
  t.true(whole.includes(`1999 ${long}`), 'every reason is told below');
  t.true(whole.includes('d1999'), 'every place is told below');
  t.true(whole.includes(`${long}1999.partial`), 'every damaged file is told below');
});

test('it says what was expected, copied, skipped and why, and where', (t) => {
  const receipt = receiptOf([receiptFile('a', { bytes: 1_000_000 })], {
    expected: { files: 4, bytes: 4_000_000 },
    skipped: [{ path: 'b', bytes: 5, why: 'it is in an earlier job' }],
    failed: [{ path: 'c', bytes: 6, why: 'the card could not read it' }],
    verdict: { safe: false, sentence: 'Do not format this card yet.', reasons: ['1 file could not be read'] },
    damaged: [{ path: 'c', at: 'Damaged (not copies)/c.partial', bytes: 6000, missingBytes: 512 }],
  });
  const head = headOf(receipt);
  for (const said of [
    ...['Wedding', 'Do not format this card yet.', '1 file could not be read', '4 files', '1 MB', 'CARD A'],
    ...['1 file: it is in an earlier job', '1 file: the card could not read it', 'Camera One', '1234-ABCD'],
    ...['2026-11-22 06:59:00 UTC', 'Blue', 'Maker Model 1', 'all read back', 'Not accounted for'],
    ...['no copies', 'Damaged (not copies)/c.partial: 512 bytes of 6 kB are zeros'],
  ])
    t.true(head.includes(said), said);
});
