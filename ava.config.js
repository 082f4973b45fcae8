/** How ava runs the compiled tests: each file in a process of its own, one test of a file at a time. */
export default {
  files: ['dist*/test/**/*.test.js'],
  // Native code, mounts and working folders belong to a process, not to a worker thread.
  workerThreads: false,
  // One file at a time, too: that is what it means to ava. test/run.ts has one of them run beside the others.
  serial: true,
  timeout: '10m',
  environmentVariables: { TZ: 'UTC', LC_ALL: 'C.UTF-8' },
};
