// Files, names and volumes on Linux: what only Linux has.
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/stat.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <vector>

#include "file_io_posix.h"

namespace glassine::io {

namespace {

constexpr int kReadOnce = 0x80;        // RWF_DONTCACHE, Linux 6.14
constexpr long kCacheStat = 451;       // cachestat, Linux 6.5
constexpr long kOverlay = 0x794c7630;  // OVERLAYFS_SUPER_MAGIC
constexpr long kFuse = 0x65735546;     // FUSE_SUPER_MAGIC

/// The number of a file's pages that are in the cache; -1 where the system cannot tell.
int64_t cached_pages(int handle, uint64_t size) {
  if (size == 0) return 0;
  struct {
    uint64_t offset, length;
  } range = {0, size};
  struct {
    uint64_t cached, dirty, writeback, evicted, recently_evicted;
  } found{};
  if (::syscall(kCacheStat, handle, &range, &found, 0) == 0) return static_cast<int64_t>(found.cached);
  void* map = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, handle, 0);
  if (map == MAP_FAILED) return -1;
  const size_t pages = (size + kAlignment - 1) / kAlignment;
  std::vector<unsigned char> resident(pages);
  int64_t count = ::mincore(map, size, resident.data()) == 0 ? 0 : -1;
  for (size_t i = 0; count >= 0 && i < pages; ++i) count += resident[i] & 1U;
  ::munmap(map, size);
  return count;
}

/// Virtual disks call themselves rotating, whatever is below them.
bool rotates(dev_t device) {
  char path[128];
  std::snprintf(path, sizeof path, "/sys/dev/block/%u:%u", major(device), minor(device));
  char target[512];
  const ssize_t size = ::readlink(path, target, sizeof target);
  const std::string where(target, size > 0 ? static_cast<size_t>(size) : 0);
  if (where.empty() || where.find("/virtio") != std::string::npos) return false;
  // A partition has no queue of its own: that of its disk is one folder up.
  for (const char* queue : {"/queue/rotational", "/../queue/rotational"}) {
    const File file(::open((std::string(path) + queue).c_str(), O_RDONLY | O_CLOEXEC));
    char answer = '0';
    if (file.is_open() && ::read(file.handle(), &answer, 1) == 1) return answer == '1';
  }
  return false;
}

/// By the name that the kernel gives the device: not every machine has /dev/block.
int open_block_device(unsigned major_number, unsigned minor_number) {
  char path[128];
  std::snprintf(path, sizeof path, "/sys/dev/block/%u:%u/uevent", major_number, minor_number);
  const File file(::open(path, O_RDONLY | O_CLOEXEC));
  char text[1024];
  const ssize_t size = file.is_open() ? ::read(file.handle(), text, sizeof text) : -1;
  const std::string facts(text, size > 0 ? static_cast<size_t>(size) : 0);
  const size_t name = facts.find("DEVNAME=");
  if (name == std::string::npos) return -1;
  const std::string device = "/dev/" + facts.substr(name + 8, facts.find('\n', name) - name - 8);
  const int opened = ::open(device.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  struct stat s {};
  const bool right = opened >= 0 && ::fstat(opened, &s) == 0 && S_ISBLK(s.st_mode) &&
                     s.st_rdev == makedev(major_number, minor_number);
  if (right || opened < 0) return opened;
  ::close(opened);
  return -1;
}

}  // namespace

bool set_direct(File& file, bool direct) {
  const int flags = ::fcntl(file.handle(), F_GETFL);
  if (flags < 0) return false;
  return ::fcntl(file.handle(), F_SETFL, direct ? flags | O_DIRECT : flags & ~O_DIRECT) == 0;
}

bool direct_means_medium(const File& /*file*/, uint64_t /*size*/) { return true; }

Failure read_once_at(const File& file, void* buffer, size_t size, uint64_t offset, const std::string& path,
                     size_t* got) {
  static std::atomic<bool> known{true};
  if (known.load(std::memory_order_relaxed)) {
    iovec part = {buffer, size};
    const ssize_t result =
        retry([&] { return ::preadv2(file.handle(), &part, 1, static_cast<off_t>(offset), kReadOnce); });
    if (result >= 0) {
      *got = static_cast<size_t>(result);
      return {};
    }
    if (!is_unsupported(errno)) return last_failure("read", path);
    // EINVAL and ENOSYS speak of the kernel, EOPNOTSUPP of this file system alone.
    if (errno != EOPNOTSUPP) known = false;
  }
  return read_at(file, buffer, size, offset, path, got);
}

Failure reserve(const File& file, uint64_t size, const std::string& path) {
  struct statfs fs {};
  if (::fstatfs(file.handle(), &fs) != 0 || fs.f_type == kFuse) return {};
  const int result =
      retry([&] { return ::fallocate(file.handle(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size)); });
  if (result == 0 || (errno != ENOSPC && errno != EDQUOT)) return {};
  return last_failure("fallocate", path);
}

void push_out(const File& file, uint64_t start, uint64_t end) {
  ::sync_file_range(file.handle(), 0, static_cast<off_t>(start),
                    SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
  ::sync_file_range(file.handle(), static_cast<off_t>(start), static_cast<off_t>(end - start),
                    SYNC_FILE_RANGE_WRITE);
}

Failure flush(const File& file, const std::string& path) {
  if (retry([&] { return ::fsync(file.handle()); }) != 0) return last_failure("fsync", path);
  return {};
}

bool is_cached(const File& file, uint64_t size) {
  const int64_t pages = cached_pages(file.handle(), size);
  return pages > 0 && static_cast<uint64_t>(pages) * kAlignment > size / 2;
}

bool drop_cache(const File& file, uint64_t size) {
  if (::posix_fadvise(file.handle(), 0, 0, POSIX_FADV_DONTNEED) != 0) return false;
  return cached_pages(file.handle(), size) == 0;
}

void forget_cache(const File& file) { ::posix_fadvise(file.handle(), 0, 0, POSIX_FADV_DONTNEED); }

bool drop_server_cache(const File& file) {
  struct stat s {};
  struct statfs fs {};
  if (::fstat(file.handle(), &s) != 0 || ::fstatfs(file.handle(), &fs) != 0) return false;
  // Without a drive of its own a server keeps what it keeps: nobody can tell.
  if (fs.f_type != kFuse || major(s.st_dev) == 0) return true;
  const File drive(open_block_device(major(s.st_dev), minor(s.st_dev)));
  return drive.is_open() && ::posix_fadvise(drive.handle(), 0, 0, POSIX_FADV_DONTNEED) == 0;
}

Traits traits(const File& file) {
  Traits traits;
  struct stat s {};
  struct statfs fs {};
  if (::fstat(file.handle(), &s) == 0) traits.volume = s.st_dev;
  if (::fstatfs(file.handle(), &fs) != 0) return traits;
  // What lies below an overlay cannot be told from here: it may be memory.
  traits.has_medium = fs.f_type != TMPFS_MAGIC && fs.f_type != RAMFS_MAGIC && fs.f_type != HUGETLBFS_MAGIC &&
                      fs.f_type != kOverlay;
  // FUSE never passes syncfs on to its server.
  traits.flushes_whole = fs.f_type != kFuse;
  traits.rotates = rotates(s.st_dev);
  return traits;
}

std::vector<Attribute> read_attributes(const File& file) {
  std::vector<Attribute> found;
  char names[kMostAttributeBytes];
  const ssize_t size = ::flistxattr(file.handle(), names, sizeof names);
  size_t total = 0;
  for (ssize_t at = 0; at < size; at += static_cast<ssize_t>(std::strlen(names + at)) + 1) {
    const char* name = names + at;
    if (std::strncmp(name, "user.", 5) != 0) continue;
    char value[kMostAttributeBytes];
    const ssize_t got = ::fgetxattr(file.handle(), name, value, sizeof value);
    if (got < 0) continue;
    total += std::strlen(name) + static_cast<size_t>(got);
    if (total > kMostAttributeBytes) break;
    found.push_back({name, std::string(value, static_cast<size_t>(got))});
  }
  return found;
}

void write_attributes(const std::string& path, const std::vector<Attribute>& attributes) {
  const File file(open_path(path, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!file.is_open()) return;
  // An O_PATH descriptor cannot take attributes itself, but its name in /proc can.
  char name[64];
  std::snprintf(name, sizeof name, "/proc/self/fd/%d", file.handle());
  for (const Attribute& attribute : attributes) {
    if (attribute.name.rfind("user.", 0) != 0) continue;
    ::setxattr(name, attribute.name.c_str(), attribute.value.data(), attribute.value.size(), 0);
  }
}

int rename_exclusively(const At& from, const At& to) {
  return static_cast<int>(
      ::syscall(SYS_renameat2, from.folder(), from.name(), to.folder(), to.name(), RENAME_NOREPLACE));
}

void use_large_pages(void* memory, size_t size) { ::madvise(memory, size, MADV_HUGEPAGE); }

Failure flush_folder(const std::string& path) {
  const File folder(open_path(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return last_failure("open", path);
  if (retry([&] { return ::fsync(folder.handle()); }) == 0) return {};
  if (!is_unsupported(errno)) return last_failure("fsync", path);
  return flush_volume(folder, path);
}

Failure open_for_flush(const std::string& path, File* file) {
  const int opened = open_path(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (opened < 0) return last_failure("open", path);
  *file = File(opened);
  return {};
}

Failure flush_volume(const File& anything_on_it, const std::string& path) {
  if (retry([&] { return ::syncfs(anything_on_it.handle()); }) != 0) return last_failure("syncfs", path);
  // FUSE keeps that to itself. What it does pass on is the flush of one thing, for which servers flush the
  // drive.
  if (traits(anything_on_it).flushes_whole) return {};
  Failure failure = flush(anything_on_it, path);
  return is_unsupported(failure.number) ? Failure() : failure;
}

Failure flush_volume(const std::string& path) {
  File file;
  if (Failure failure = open_for_flush(path, &file)) return failure;
  return flush_volume(file, path);
}

Failure volume_numbers(const std::string& path, VolumeNumbers* numbers) {
  const File file(open_path(path, O_PATH | O_CLOEXEC));
  if (!file.is_open()) return last_failure("open", path);
  struct statfs fs {};
  struct statx s {};
  if (::fstatfs(file.handle(), &fs) != 0) return last_failure("statfs", path);
  constexpr unsigned kMountId = 0x1000;  // STATX_MNT_ID, Linux 5.8
  if (::statx(file.handle(), "", AT_EMPTY_PATH, STATX_BASIC_STATS | kMountId, &s) != 0) {
    return last_failure("statx", path);
  }
  numbers->device = makedev(s.stx_dev_major, s.stx_dev_minor);
  const auto unit = static_cast<uint64_t>(fs.f_frsize != 0 ? fs.f_frsize : fs.f_bsize);
  numbers->free_bytes = fs.f_bavail * unit;
  numbers->total_bytes = fs.f_blocks * unit;
  numbers->free_files = fs.f_ffree;
  numbers->total_files = fs.f_files;
  constexpr uint64_t kReadOnly = 1;  // ST_RDONLY
  numbers->read_only = (static_cast<uint64_t>(fs.f_flags) & kReadOnly) != 0;
  // glibc 2.36 has no name for the field after stx_dio_offset_align yet where it is older: read it where it
  // lies.
  uint64_t mount = 0;
  if ((s.stx_mask & kMountId) != 0) {
    std::memcpy(&mount, reinterpret_cast<const char*>(&s) + 0x90, sizeof mount);
  }
  numbers->mount = mount;
  return {};
}

}  // namespace glassine::io
