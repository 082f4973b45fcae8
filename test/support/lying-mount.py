"""lying-mount.py BACKING MOUNTPOINT CONTROL

A FUSE passthrough that lies on request. CONTROL is a JSON file, read again whenever it changes:

  flip            [{"name", "offset", "bit"?}]   reads hand out that bit turned over
  readError       [{"name", "offset"}]           reads over that offset fail with EIO
  writeError      [{"name", "offset"}]           writes over that offset fail with EIO
  listError       name   listing folders whose paths end so fails with EIO
  openError       name   opening files whose paths end so fails with EACCES
  fullAfterBytes  n    writes fail with ENOSPC once n bytes were written since the mount
  fullAfterFiles  n    creating fails with ENOSPC once n names were made since the mount
  largestFileBytes n   writes past that length fail with EFBIG
  flushError      name flushes of files and folders fail with that error
  renameError     name renames to names ending so fail with EIO
  noLinks         true symbolic links are refused with EPERM, as on exFAT
  slowMs          n    every read and write takes that much longer
  readOnly        true every change fails with EROFS
  gone            true everything fails with EIO
  log             true every read, write, flush and change is appended to CONTROL.log, one JSON array a line

Names are matched by their ends. Paths are bytes: they pass through as latin-1.
"""
import errno
import json
import os
import sys
import threading
import time

from fusepy import FUSE, FuseOSError, Operations

BACKING, MOUNTPOINT, CONTROL = (os.fsencode(word) for word in sys.argv[1:4])
STAT_FIELDS = ('st_mode', 'st_size', 'st_nlink', 'st_uid', 'st_gid')
STATFS_FIELDS = (
    'f_bavail', 'f_bfree', 'f_blocks', 'f_bsize', 'f_favail', 'f_ffree', 'f_files', 'f_flag', 'f_frsize',
    'f_namemax',
)
NOW = (1 << 30) - 1
OMIT = (1 << 30) - 2


class Control:
    """The control file; a half-written one counts as the one before."""

    def __init__(self):
        self.stamp = None
        self.rules = {}

    def read(self):
        try:
            stat = os.stat(CONTROL)
            stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if stamp != self.stamp:
                with open(CONTROL, 'rb') as file:
                    self.rules = json.load(file)
                self.stamp = stamp
        except (OSError, ValueError):
            pass
        return self.rules


def fail(number):
    raise FuseOSError(number)


def covers(points, path, offset, length):
    """The points of a rule that lie in `length` bytes at `offset` of `path`."""
    name = path.encode('latin-1').decode('utf-8', 'surrogateescape')
    return [p for p in points or [] if name.endswith(p['name']) and offset <= p['offset'] < offset + length]


class Lying(Operations):
    use_ns = True

    def __init__(self):
        self.control = Control()
        self.lock = threading.Lock()
        self.written = 0
        self.made = 0

    def rules(self, *event):
        rules = self.control.read()
        if rules.get('log') and event:
            line = json.dumps(event).encode() + b'\n'
            log = os.open(CONTROL + b'.log', os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.write(log, line)
            os.close(log)
        if rules.get('gone'):
            fail(errno.EIO)
        return rules

    def change(self, *event):
        rules = self.rules(*event)
        if rules.get('readOnly'):
            fail(errno.EROFS)
        return rules

    def make(self, *event):
        rules = self.change(*event)
        with self.lock:
            if 'fullAfterFiles' in rules and self.made >= rules['fullAfterFiles']:
                fail(errno.ENOSPC)
            self.made += 1
        return rules

    @staticmethod
    def real(path):
        return BACKING + path.encode('latin-1')

    # Looking

    def getattr(self, path, fh=None):
        self.rules()
        stat = os.fstat(fh) if fh else os.lstat(self.real(path))
        found = {field: getattr(stat, field) for field in STAT_FIELDS}
        found.update(st_mtime=stat.st_mtime_ns, st_atime=stat.st_atime_ns, st_ctime=stat.st_ctime_ns)
        found.update(st_ino=stat.st_ino, st_blocks=stat.st_blocks)
        return found

    def access(self, path, amode):
        self.rules()

    def readdir(self, path, fh):
        rules = self.rules('list', path)
        if 'listError' in rules and path.endswith(rules['listError']):
            fail(errno.EIO)
        return ['.', '..'] + [name.decode('latin-1') for name in os.listdir(self.real(path))]

    def readlink(self, path):
        self.rules()
        return os.readlink(self.real(path)).decode('latin-1')

    def statfs(self, path):
        self.rules()
        found = os.statvfs(BACKING)
        return {field: getattr(found, field) for field in STATFS_FIELDS}

    def getxattr(self, path, name, position=0):
        self.rules()
        return os.getxattr(self.real(path), name.encode('latin-1'), follow_symlinks=False)

    def listxattr(self, path):
        self.rules()
        return os.listxattr(self.real(path), follow_symlinks=False)

    # Contents

    def open(self, path, flags):
        writes = flags & os.O_ACCMODE != os.O_RDONLY
        rules = (self.change if writes else self.rules)('open', path)
        if 'openError' in rules and path.endswith(rules['openError']):
            fail(errno.EACCES)
        # The kernel has dealt with O_DIRECT, O_APPEND and O_EXCL already; here they would only be in the way.
        return os.open(self.real(path), flags & ~(os.O_DIRECT | os.O_APPEND | os.O_EXCL | os.O_CREAT))

    def create(self, path, mode, fi=None):
        self.make('create', path)
        return os.open(self.real(path), os.O_RDWR | os.O_CREAT | os.O_TRUNC, mode)

    def read(self, path, size, offset, fh):
        rules = self.rules('read', path, offset, size)
        if rules.get('slowMs'):
            time.sleep(rules['slowMs'] / 1000)
        if covers(rules.get('readError'), path, offset, size):
            fail(errno.EIO)
        data = bytearray(os.pread(fh, size, offset))
        for point in covers(rules.get('flip'), path, offset, len(data)):
            data[point['offset'] - offset] ^= 1 << point.get('bit', 0)
        return bytes(data)

    def write(self, path, data, offset, fh):
        rules = self.change('write', path, offset, len(data))
        if rules.get('slowMs'):
            time.sleep(rules['slowMs'] / 1000)
        if covers(rules.get('writeError'), path, offset, len(data)):
            fail(errno.EIO)
        if 'largestFileBytes' in rules and offset + len(data) > rules['largestFileBytes']:
            fail(errno.EFBIG)
        with self.lock:
            if 'fullAfterBytes' in rules and self.written + len(data) > rules['fullAfterBytes']:
                fail(errno.ENOSPC)
            self.written += len(data)
        return os.pwrite(fh, data, offset)

    def truncate(self, path, length, fh=None):
        rules = self.change('truncate', path, length)
        if 'largestFileBytes' in rules and length > rules['largestFileBytes']:
            fail(errno.EFBIG)
        os.truncate(fh if fh else self.real(path), length)

    def flush(self, path, fh):
        self.rules()

    def fsync(self, path, datasync, fh):
        rules = self.rules('flush', path)
        if rules.get('flushError'):
            fail(getattr(errno, rules['flushError']))
        os.fsync(fh)

    def fsyncdir(self, path, datasync, fh):
        rules = self.rules('flushFolder', path)
        if rules.get('flushError'):
            fail(getattr(errno, rules['flushError']))
        folder = os.open(self.real(path), os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def release(self, path, fh):
        os.close(fh)

    # Names and attributes

    def mkdir(self, path, mode):
        self.make('mkdir', path)
        os.mkdir(self.real(path), mode)

    def symlink(self, target, source):
        if self.make('symlink', target).get('noLinks'):
            fail(errno.EPERM)
        os.symlink(source.encode('latin-1'), self.real(target))

    def link(self, target, source):
        self.make('link', target)
        os.link(self.real(source), self.real(target), follow_symlinks=False)

    def unlink(self, path):
        self.change('unlink', path)
        os.unlink(self.real(path))

    def rmdir(self, path):
        self.change('rmdir', path)
        os.rmdir(self.real(path))

    def rename(self, old, new):
        rules = self.change('rename', old, new)
        if 'renameError' in rules and new.endswith(rules['renameError']):
            fail(errno.EIO)
        os.rename(self.real(old), self.real(new))

    def chmod(self, path, mode):
        self.change('chmod', path)
        os.chmod(self.real(path), mode & 0o7777)

    def chown(self, path, uid, gid):
        self.change('chown', path)
        os.chown(self.real(path), uid, gid, follow_symlinks=False)

    def utimens(self, path, times=None):
        self.change('utimens', path)
        now = time.time_ns()
        stat = os.lstat(self.real(path))
        wanted = times or (NOW, NOW)
        before = (stat.st_atime_ns, stat.st_mtime_ns)
        chosen = [now if ns == NOW else was if ns == OMIT else ns for ns, was in zip(wanted, before)]
        os.utime(self.real(path), ns=tuple(chosen), follow_symlinks=False)

    def setxattr(self, path, name, value, options, position=0):
        self.change('setxattr', path)
        os.setxattr(self.real(path), name.encode('latin-1'), value, options, follow_symlinks=False)

    def removexattr(self, path, name):
        self.change('removexattr', path)
        os.removexattr(self.real(path), name.encode('latin-1'), follow_symlinks=False)


if __name__ == '__main__':
    FUSE(
        Lying(),
        os.fsdecode(MOUNTPOINT),
        encoding='latin-1',
        foreground=True,
        # Every read comes here: nothing is answered from the page cache.
        direct_io=True,
        hard_remove=True,
        use_ino=True,
        attr_timeout=0,
        entry_timeout=0,
        fsname='lying',
        subtype='lying',
    )
