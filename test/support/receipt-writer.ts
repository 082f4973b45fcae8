/** A program that writes the receipt of a job's folder and ends, for tests that kill it: its argument is the folder. */
import { native } from '../../src/platform/native.js';
import { writeReceipt } from '../../src/store/receipts/write-receipt.js';
import { hashedFiles, someFiles } from './job-folder.js';
import { receiptOf } from './receipts.js';

const [, , folder = ''] = process.argv;
await writeReceipt({ native, folder }, receiptOf(await hashedFiles(folder, Object.keys(someFiles))));
