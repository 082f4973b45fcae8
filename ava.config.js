/** How ava runs the compiled tests: each file in a process of its own, one test of a file at a time. */
export default {
  files: ['dist*/test/**/*.test.js'],
  // Native code, mounts and working folders belong to a process, not to a worker thread.
  workerThreads: false,
  serial: true,
  // Two at once: the tests use real disks, and a machine in CI has two cores.
  concurrency: 2,
  timeout: '10m',
  environmentVariables: { TZ: 'UTC', LC_ALL: 'C.UTF-8' },
};
