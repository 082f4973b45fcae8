/** The kernel for ARM, built by a cross compiler and run by an emulator. */
import { buildHashCheck, checkHashes, kernelsOf } from '../support/hash-check.js';
import { testWith } from '../support/needs.js';

testWith(
  ['linux', 'aarch64-linux-gnu-g++', 'qemu-aarch64'],
  'the NEON kernel gives every official output, and hashes files, on an emulated processor',
  async (t) => {
    const program = await buildHashCheck(t, 'aarch64-linux-gnu-g++', ['-O3', '-static']);
    const command = ['qemu-aarch64', program];
    t.deepEqual(await kernelsOf(t, command), ['neon', 'portable']);
    await checkHashes(t, command);
  },
);
