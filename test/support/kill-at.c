/*
 * Ends a process just before the N-th call that would change a file below a folder, or makes that call fail.
 *
 * Preloaded (LD_PRELOAD) into the process under test. Counts over all threads. The environment says:
 *   GLASSINE_KILL_BELOW  the folder; calls elsewhere are neither counted nor touched
 *   GLASSINE_KILL_AT     N, from 1; 0 only counts
 *   GLASSINE_KILL_ERRNO  set: the N-th call fails with this number instead, once, and the process lives on
 *   GLASSINE_KILL_SIGNAL set: this signal is sent instead of SIGKILL; with SIGSTOP the world can be changed
 *                        before the N-th call is made
 *   GLASSINE_KILL_REPORT a file of 4096 bytes or more: mapped, so that it is right even after SIGKILL;
 *                        8 bytes of count, then the N-th call as text
 *   GLASSINE_KILL_TRACE  a file to which every counted call is appended as a line
 * Children of the process are left alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#define PATH_ROOM 8192
#define REPORT_BYTES 4096

struct report {
  _Atomic unsigned long count;
  char call[REPORT_BYTES - sizeof(unsigned long)];
};

static char below[PATH_MAX];
static size_t below_length;
static unsigned long stop_at;
static int fail_with;
static int signal_number = SIGKILL;
static int trace_fd = -1;
static struct report private_report;
static struct report *report = &private_report;

static void *find(const char *name) {
  void *found = dlsym(RTLD_NEXT, name);
  if (!found) abort();
  return found;
}

/* Plain system calls: what this library does itself must not be counted. */
static long raw(long number, long a, long b, long c, long d) {
  static long (*next)(long, ...);
  if (!next) *(void **)&next = find("syscall");
  return next(number, a, b, c, d);
}

__attribute__((constructor)) static void start(void) {
  const char *folder = getenv("GLASSINE_KILL_BELOW");
  const char *at = getenv("GLASSINE_KILL_AT");
  const char *number = getenv("GLASSINE_KILL_ERRNO");
  const char *other = getenv("GLASSINE_KILL_SIGNAL");
  const char *file = getenv("GLASSINE_KILL_REPORT");
  const char *trace = getenv("GLASSINE_KILL_TRACE");
  if (!folder || strlen(folder) >= sizeof below) return;
  strcpy(below, folder);
  below_length = strlen(below);
  stop_at = at ? strtoul(at, NULL, 10) : 0;
  fail_with = number ? atoi(number) : 0;
  if (other) signal_number = atoi(other);
  if (file) {
    long fd = raw(SYS_openat, AT_FDCWD, (long)file, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0) abort();
    void *mapped = mmap(NULL, REPORT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd, 0);
    if (mapped == MAP_FAILED) abort();
    report = mapped;
    raw(SYS_close, fd, 0, 0, 0);
  }
  if (trace)
    trace_fd = (int)raw(SYS_openat, AT_FDCWD, (long)trace, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  unsetenv("LD_PRELOAD");
  unsetenv("GLASSINE_KILL_BELOW");
}

/* Whether the call fails now; does not return when the process ends now. */
static int counted(const char *call, const char *path) {
  unsigned long n = atomic_fetch_add(&report->count, 1) + 1;
  char line[PATH_ROOM + 64];
  int length = snprintf(line, sizeof line, "%lu %s %s\n", n, call, path);
  if (trace_fd >= 0) raw(SYS_write, trace_fd, (long)line, length, 0);
  if (stop_at == 0 || n != stop_at) return 0;
  snprintf(report->call, sizeof report->call, "%s %.3900s", call, path);
  if (fail_with == 0) {
    raw(SYS_kill, raw(SYS_getpid, 0, 0, 0, 0), signal_number, 0, 0);
    while (signal_number == SIGKILL) raw(SYS_pause, 0, 0, 0, 0);
    return 0;
  }
  errno = fail_with;
  return 1;
}

static int is_below(const char *path) {
  return strncmp(path, below, below_length) == 0 && (path[below_length] == '/' || path[below_length] == 0);
}

static void link_of(const char *link, char *path) {
  long length = raw(SYS_readlinkat, AT_FDCWD, (long)link, (long)path, PATH_ROOM - 1);
  /* A path too long for the kernel to tell is taken for one of ours: nothing else here is that deep. */
  if (length < 0 && errno == ENAMETOOLONG) length = snprintf(path, PATH_ROOM, "%s/too-long-to-tell", below);
  path[length < 0 ? 0 : length] = 0;
}

static void path_of_fd(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  link_of(fd == AT_FDCWD ? "/proc/self/cwd" : link, path);
}

static void path_of(int dir, const char *name, char *path) {
  if (name == NULL || name[0] == 0) {
    path_of_fd(dir, path);
  } else if (strncmp(name, "/proc/self/fd/", 14) == 0) {
    link_of(name, path);
  } else if (name[0] == '/') {
    snprintf(path, PATH_ROOM, "%s", name);
  } else {
    path_of_fd(dir, path);
    size_t length = strlen(path);
    snprintf(path + length, PATH_ROOM - length, "/%s", name);
  }
}

static int at(const char *call, int dir, const char *name) {
  if (below_length == 0) return 0;
  int before = errno;
  char path[PATH_ROOM];
  path_of(dir, name, path);
  errno = before;
  return is_below(path) && counted(call, path);
}

static int at_fd(const char *call, int fd) { return at(call, fd, NULL); }

static int at_two(const char *call, int dir, const char *name, int other_dir, const char *other_name) {
  if (below_length == 0) return 0;
  int before = errno;
  char path[PATH_ROOM], other[PATH_ROOM];
  path_of(dir, name, path);
  path_of(other_dir, other_name, other);
  errno = before;
  return (is_below(path) || is_below(other)) && counted(call, is_below(other) ? other : path);
}

static int opens(const char *call, int dir, const char *name, int flags) {
  int changes = (flags & (O_CREAT | O_TRUNC)) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return changes && at(call, dir, name);
}

/* One wrapper: what it is called, its parameters twice, and whether it fails now. */
#define WRAP(type, name, parameters, arguments, fails) \
  type name parameters {                               \
    static type(*next) parameters;                     \
    if (!next) *(void **)&next = find(#name);          \
    if (fails) return -1;                              \
    return next arguments;                             \
  }

#define OPEN(name)                                                          \
  int name(const char *path, int flags, ...) {                              \
    static int (*next)(const char *, int, ...);                             \
    if (!next) *(void **)&next = find(#name);                               \
    va_list rest;                                                           \
    va_start(rest, flags);                                                  \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                                           \
    if (opens(#name, AT_FDCWD, path, flags)) return -1;                     \
    return next(path, flags, mode);                                         \
  }
#define OPENAT(name)                                                        \
  int name(int dir, const char *path, int flags, ...) {                     \
    static int (*next)(int, const char *, int, ...);                        \
    if (!next) *(void **)&next = find(#name);                               \
    va_list rest;                                                           \
    va_start(rest, flags);                                                  \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                                           \
    if (opens(#name, dir, path, flags)) return -1;                          \
    return next(dir, path, flags, mode);                                    \
  }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
WRAP(int, creat, (const char *p, mode_t m), (p, m), at("creat", AT_FDCWD, p))
WRAP(int, creat64, (const char *p, mode_t m), (p, m), at("creat64", AT_FDCWD, p))

WRAP(ssize_t, write, (int fd, const void *b, size_t n), (fd, b, n), at_fd("write", fd))
WRAP(ssize_t, pwrite, (int fd, const void *b, size_t n, off_t o), (fd, b, n, o), at_fd("pwrite", fd))
WRAP(ssize_t, pwrite64, (int fd, const void *b, size_t n, off64_t o), (fd, b, n, o), at_fd("pwrite64", fd))
WRAP(ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n), at_fd("writev", fd))
WRAP(ssize_t, pwritev, (int fd, const struct iovec *v, int n, off_t o), (fd, v, n, o), at_fd("pwritev", fd))
WRAP(ssize_t, pwritev64, (int fd, const struct iovec *v, int n, off64_t o), (fd, v, n, o),
     at_fd("pwritev64", fd))
WRAP(ssize_t, pwritev2, (int fd, const struct iovec *v, int n, off_t o, int f), (fd, v, n, o, f),
     at_fd("pwritev2", fd))
WRAP(ssize_t, pwritev64v2, (int fd, const struct iovec *v, int n, off64_t o, int f), (fd, v, n, o, f),
     at_fd("pwritev64v2", fd))
WRAP(ssize_t, copy_file_range, (int in, off64_t *a, int out, off64_t *b, size_t n, unsigned f),
     (in, a, out, b, n, f), at_fd("copy_file_range", out))
WRAP(ssize_t, sendfile, (int out, int in, off_t *o, size_t n), (out, in, o, n), at_fd("sendfile", out))
WRAP(ssize_t, sendfile64, (int out, int in, off64_t *o, size_t n), (out, in, o, n), at_fd("sendfile64", out))

WRAP(int, ftruncate, (int fd, off_t n), (fd, n), at_fd("ftruncate", fd))
WRAP(int, ftruncate64, (int fd, off64_t n), (fd, n), at_fd("ftruncate64", fd))
WRAP(int, truncate, (const char *p, off_t n), (p, n), at("truncate", AT_FDCWD, p))
WRAP(int, truncate64, (const char *p, off64_t n), (p, n), at("truncate64", AT_FDCWD, p))
WRAP(int, fallocate, (int fd, int m, off_t o, off_t n), (fd, m, o, n), at_fd("fallocate", fd))
WRAP(int, fallocate64, (int fd, int m, off64_t o, off64_t n), (fd, m, o, n), at_fd("fallocate64", fd))
WRAP(int, fsync, (int fd), (fd), at_fd("fsync", fd))
WRAP(int, fdatasync, (int fd), (fd), at_fd("fdatasync", fd))
WRAP(int, syncfs, (int fd), (fd), at_fd("syncfs", fd))
WRAP(int, sync_file_range, (int fd, off64_t o, off64_t n, unsigned f), (fd, o, n, f),
     at_fd("sync_file_range", fd))

WRAP(int, rename, (const char *p, const char *q), (p, q), at_two("rename", AT_FDCWD, p, AT_FDCWD, q))
WRAP(int, renameat, (int d, const char *p, int e, const char *q), (d, p, e, q),
     at_two("renameat", d, p, e, q))
WRAP(int, renameat2, (int d, const char *p, int e, const char *q, unsigned f), (d, p, e, q, f),
     at_two("renameat2", d, p, e, q))
WRAP(int, link, (const char *p, const char *q), (p, q), at_two("link", AT_FDCWD, p, AT_FDCWD, q))
WRAP(int, linkat, (int d, const char *p, int e, const char *q, int f), (d, p, e, q, f),
     at_two("linkat", d, p, e, q))
WRAP(int, symlink, (const char *p, const char *q), (p, q), at("symlink", AT_FDCWD, q))
WRAP(int, symlinkat, (const char *p, int d, const char *q), (p, d, q), at("symlinkat", d, q))
WRAP(int, unlink, (const char *p), (p), at("unlink", AT_FDCWD, p))
WRAP(int, unlinkat, (int d, const char *p, int f), (d, p, f), at("unlinkat", d, p))
WRAP(int, rmdir, (const char *p), (p), at("rmdir", AT_FDCWD, p))
WRAP(int, mkdir, (const char *p, mode_t m), (p, m), at("mkdir", AT_FDCWD, p))
WRAP(int, mkdirat, (int d, const char *p, mode_t m), (d, p, m), at("mkdirat", d, p))

WRAP(int, utime, (const char *p, const struct utimbuf *t), (p, t), at("utime", AT_FDCWD, p))
WRAP(int, utimes, (const char *p, const struct timeval t[2]), (p, t), at("utimes", AT_FDCWD, p))
WRAP(int, lutimes, (const char *p, const struct timeval t[2]), (p, t), at("lutimes", AT_FDCWD, p))
WRAP(int, futimes, (int fd, const struct timeval t[2]), (fd, t), at_fd("futimes", fd))
WRAP(int, futimens, (int fd, const struct timespec t[2]), (fd, t), at_fd("futimens", fd))
WRAP(int, utimensat, (int d, const char *p, const struct timespec t[2], int f), (d, p, t, f),
     at("utimensat", d, p))
WRAP(int, chmod, (const char *p, mode_t m), (p, m), at("chmod", AT_FDCWD, p))
WRAP(int, fchmod, (int fd, mode_t m), (fd, m), at_fd("fchmod", fd))
WRAP(int, fchmodat, (int d, const char *p, mode_t m, int f), (d, p, m, f), at("fchmodat", d, p))
WRAP(int, chown, (const char *p, uid_t u, gid_t g), (p, u, g), at("chown", AT_FDCWD, p))
WRAP(int, lchown, (const char *p, uid_t u, gid_t g), (p, u, g), at("lchown", AT_FDCWD, p))
WRAP(int, fchown, (int fd, uid_t u, gid_t g), (fd, u, g), at_fd("fchown", fd))
WRAP(int, setxattr, (const char *p, const char *k, const void *v, size_t n, int f), (p, k, v, n, f),
     at("setxattr", AT_FDCWD, p))
WRAP(int, lsetxattr, (const char *p, const char *k, const void *v, size_t n, int f), (p, k, v, n, f),
     at("lsetxattr", AT_FDCWD, p))
WRAP(int, fsetxattr, (int fd, const char *k, const void *v, size_t n, int f), (fd, k, v, n, f),
     at_fd("fsetxattr", fd))
WRAP(int, removexattr, (const char *p, const char *k), (p, k), at("removexattr", AT_FDCWD, p))
WRAP(int, lremovexattr, (const char *p, const char *k), (p, k), at("lremovexattr", AT_FDCWD, p))
WRAP(int, fremovexattr, (int fd, const char *k), (fd, k), at_fd("fremovexattr", fd))

/* The same calls made by number. */
static int by_number(long number, long a, long b, long c, long d) {
  switch (number) {
    case SYS_openat:
      return opens("syscall openat", (int)a, (const char *)b, (int)c);
    case SYS_write:
    case SYS_pwrite64:
    case SYS_writev:
    case SYS_pwritev:
    case SYS_pwritev2:
      return at_fd("syscall write", (int)a);
    case SYS_copy_file_range:
      return at_fd("syscall copy_file_range", (int)c);
    case SYS_sendfile:
      return at_fd("syscall sendfile", (int)a);
    case SYS_ftruncate:
      return at_fd("syscall ftruncate", (int)a);
    case SYS_fallocate:
      return at_fd("syscall fallocate", (int)a);
    case SYS_fsync:
    case SYS_fdatasync:
    case SYS_syncfs:
    case SYS_sync_file_range:
      return at_fd("syscall fsync", (int)a);
    case SYS_renameat:
    case SYS_renameat2:
      return at_two("syscall renameat2", (int)a, (const char *)b, (int)c, (const char *)d);
    case SYS_linkat:
      return at_two("syscall linkat", (int)a, (const char *)b, (int)c, (const char *)d);
    case SYS_symlinkat:
      return at("syscall symlinkat", (int)b, (const char *)c);
    case SYS_unlinkat:
      return at("syscall unlinkat", (int)a, (const char *)b);
    case SYS_mkdirat:
      return at("syscall mkdirat", (int)a, (const char *)b);
    case SYS_utimensat:
      return at("syscall utimensat", (int)a, (const char *)b);
    case SYS_fchmod:
      return at_fd("syscall fchmod", (int)a);
    case SYS_fchmodat:
      return at("syscall fchmodat", (int)a, (const char *)b);
    case SYS_fsetxattr:
      return at_fd("syscall fsetxattr", (int)a);
#ifdef SYS_rename
    case SYS_rename:
      return at_two("syscall rename", AT_FDCWD, (const char *)a, AT_FDCWD, (const char *)b);
    case SYS_unlink:
      return at("syscall unlink", AT_FDCWD, (const char *)a);
    case SYS_mkdir:
      return at("syscall mkdir", AT_FDCWD, (const char *)a);
    case SYS_rmdir:
      return at("syscall rmdir", AT_FDCWD, (const char *)a);
#endif
    default:
      return 0;
  }
}

long syscall(long number, ...) {
  static long (*next)(long, ...);
  if (!next) *(void **)&next = find("syscall");
  va_list rest;
  va_start(rest, number);
  long a = va_arg(rest, long), b = va_arg(rest, long), c = va_arg(rest, long);
  long d = va_arg(rest, long), e = va_arg(rest, long), f = va_arg(rest, long);
  va_end(rest);
  if (by_number(number, a, b, c, d)) return -1;
  return next(number, a, b, c, d, e, f);
}
