/** Receipts to write and to show: as an ingest makes them, small. */
import type { Receipt, ReceiptFile } from '../../src/rules/receipts/receipt.js';

export function receiptFile(path: string, more: Partial<ReceiptFile> = {}): ReceiptFile {
  return {
    ...{ path, from: path, bytes: 3, modifiedUs: 1_700_000_000_000_000, evidence: 'proven' },
    b3: 'b'.repeat(64),
    xxh64: '0123456789abcdef',
    sha512: 'a'.repeat(128),
    hashedAt: '2026-11-22T07:00:00.000Z',
    ...more,
  };
}

export function receiptOf(files: readonly ReceiptFile[], more: Partial<Receipt> = {}): Receipt {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return {
    ...{ job: 'Wedding', hostname: 'desk', tool: { name: 'Glassine', version: '0.1.0' } },
    startedAt: '2026-11-22T06:59:00.000Z',
    finishedAt: '2026-11-22T07:00:30.000Z',
    card: { name: 'CARD A', facts: [{ label: 'UUID', value: '1234-ABCD' }] },
    cameras: ['Camera One'],
    expected: { files: files.length, bytes },
    ...{ files, skipped: [], failed: [] },
    destinations: [
      {
        ...{ name: 'Blue', folder: '/media/blue/Wedding', device: 'Maker Model 1', outcome: 'good' },
        ...{ files: files.length, provenFiles: files.length },
      },
    ],
    verdict: { safe: true, sentence: 'This card may be formatted.', reasons: [] },
    ...more,
  };
}
