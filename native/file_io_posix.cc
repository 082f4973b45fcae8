// Files on Linux and macOS: what POSIX has for both.
#include "file_io_posix.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

namespace glassine::io {

#ifdef O_PATH
constexpr int kOpenFolder = O_PATH | O_DIRECTORY | O_CLOEXEC;
#else
constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
#endif
#ifdef O_NOATIME
constexpr int kNoAccessTime = O_NOATIME;
#else
constexpr int kNoAccessTime = 0;
#endif

const Handle kNoHandle = -1;

File& File::operator=(File&& other) noexcept {
  if (this != &other) {
    close();
    handle_ = std::exchange(other.handle_, kNoHandle);
  }
  return *this;
}

void File::close() {
  if (handle_ != kNoHandle) ::close(std::exchange(handle_, kNoHandle));
}

const int At::kHere = AT_FDCWD;

At::At(const std::string& path, int base) : base_(base), rest_(path.c_str()) {
  size_t left = path.size();
  while (left >= PATH_MAX) {
    // The longest piece that ends before a slash.
    size_t cut = PATH_MAX - 1;
    while (cut > 0 && rest_[cut] != '/') --cut;
    const std::string piece(rest_, cut);
    const int opened = cut == 0 ? -1 : retry([&] { return ::openat(folder(), piece.c_str(), kOpenFolder); });
    if (opened < 0) {
      error_ = cut == 0 ? ENAMETOOLONG : errno;
      return;
    }
    holder_ = File(opened);
    while (cut < left && rest_[cut] == '/') ++cut;
    rest_ += cut;
    left -= cut;
  }
}

int At::folder() const { return holder_.is_open() ? holder_.handle() : base_; }

Failure last_failure(const char* call, const std::string& path) { return {errno, call, path}; }

int open_path(const std::string& path, int flags, unsigned mode) {
  return at(path, [&](int folder, const char* name) { return ::openat(folder, name, flags, mode); });
}

int open_quietly(const std::string& path, int flags) {
  const int opened = open_path(path, flags | kNoAccessTime);
  // Only the owner may leave it alone.
  return opened < 0 && errno == EPERM && kNoAccessTime != 0 ? open_path(path, flags) : opened;
}

bool is_unsupported(int number) {
  return number == EOPNOTSUPP || number == ENOTSUP || number == ENOSYS || number == EINVAL ||
         number == ENOTTY;
}

namespace {

int64_t nanoseconds(const timespec& time) {
  return static_cast<int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

Stat from_system(const struct stat& s) {
  Stat stat;
  stat.kind = S_ISREG(s.st_mode)   ? Kind::file
              : S_ISDIR(s.st_mode) ? Kind::folder
              : S_ISLNK(s.st_mode) ? Kind::link
                                   : Kind::special;
  stat.mode = s.st_mode & 07777U;
  stat.bytes = static_cast<uint64_t>(s.st_size);
  stat.allocated_bytes = static_cast<uint64_t>(s.st_blocks) * 512U;
#ifdef __APPLE__
  stat.modified_ns = nanoseconds(s.st_mtimespec);
  stat.changed_ns = nanoseconds(s.st_ctimespec);
#else
  stat.modified_ns = nanoseconds(s.st_mtim);
  stat.changed_ns = nanoseconds(s.st_ctim);
#endif
  stat.inode = s.st_ino;
  stat.device = static_cast<uint64_t>(s.st_dev);
  return stat;
}

}  // namespace

Failure stat_below(const File& folder, const char* name, const std::string& path, Stat* stat) {
  struct stat s {};
  if (::fstatat(folder.handle(), name, &s, AT_SYMLINK_NOFOLLOW) != 0) return last_failure("lstat", path);
  *stat = from_system(s);
  return {};
}

Failure open_source(const std::string& path, File* file, Stat* stat) {
  const int opened = open_quietly(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (opened < 0) return last_failure("open", path);
  *file = File(opened);
  if (Failure failure = io::stat(*file, path, stat)) return failure;
  if (stat->kind != Kind::file) return {EINVAL, "open", path};
  return {};
}

Failure create(const std::string& path, uint32_t mode, File* file) {
  const int opened = open_path(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (opened < 0) return last_failure("open", path);
  *file = File(opened);
  return {};
}

Failure open_to_flush(const std::string& path, File* file) {
  const int opened = open_path(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (opened < 0) return last_failure("open", path);
  *file = File(opened);
  return {};
}

Failure stat(const File& file, const std::string& path, Stat* stat) {
  struct stat s {};
  if (::fstat(file.handle(), &s) != 0) return last_failure("fstat", path);
  *stat = from_system(s);
  return {};
}

Failure stat_name(const std::string& path, Stat* stat) {
  struct stat s {};
  const int result = at(
      path, [&](int folder, const char* name) { return ::fstatat(folder, name, &s, AT_SYMLINK_NOFOLLOW); });
  if (result != 0) return last_failure("lstat", path);
  *stat = from_system(s);
  return {};
}

Failure read_at(const File& file, void* buffer, size_t size, uint64_t offset, const std::string& path,
                size_t* got) {
  const ssize_t result =
      retry([&] { return ::pread(file.handle(), buffer, size, static_cast<off_t>(offset)); });
  if (result < 0) return last_failure("read", path);
  *got = static_cast<size_t>(result);
  return {};
}

Failure write_at(const File& file, const void* buffer, size_t size, uint64_t offset,
                 const std::string& path) {
  const auto* bytes = static_cast<const uint8_t*>(buffer);
  while (size > 0) {
    const ssize_t result =
        retry([&] { return ::pwrite(file.handle(), bytes, size, static_cast<off_t>(offset)); });
    if (result < 0) return last_failure("write", path);
    if (result == 0) return {ENOSPC, "write", path};
    bytes += result;
    offset += static_cast<uint64_t>(result);
    size -= static_cast<size_t>(result);
  }
  return {};
}

Failure set_size(const File& file, uint64_t size, const std::string& path) {
  if (retry([&] { return ::ftruncate(file.handle(), static_cast<off_t>(size)); }) != 0) {
    return last_failure("ftruncate", path);
  }
  return {};
}

namespace {

struct Times {
  timespec both[2];
};

/// The time of access is set, too: FUSE servers on libfuse 2 ignore a call that leaves one of the two alone.
Times same_times(int64_t modified_ns) {
  int64_t seconds = modified_ns / 1'000'000'000;
  int64_t rest = modified_ns % 1'000'000'000;
  if (rest < 0) {
    rest += 1'000'000'000;
    --seconds;
  }
  timespec time{};
  time.tv_sec = static_cast<time_t>(seconds);
  time.tv_nsec = static_cast<long>(rest);
  return {{time, time}};
}

}  // namespace

Failure set_modified(const File& file, int64_t modified_ns, const std::string& path) {
  if (::futimens(file.handle(), same_times(modified_ns).both) != 0) return last_failure("futimens", path);
  return {};
}

Failure set_modified_of_name(const std::string& path, int64_t modified_ns) {
  const Times times = same_times(modified_ns);
  const int result = at(path, [&](int folder, const char* name) {
    return ::utimensat(folder, name, times.both, AT_SYMLINK_NOFOLLOW);
  });
  return result == 0 ? Failure() : last_failure("utimensat", path);
}

bool next_data(const File& file, uint64_t from, uint64_t size, uint64_t* start, uint64_t* end) {
  const off_t data = ::lseek(file.handle(), static_cast<off_t>(from), SEEK_DATA);
  if (data < 0) {
    if (errno == ENXIO) return false;
    *start = from;
    *end = size;
    return from < size;
  }
  const off_t hole = ::lseek(file.handle(), data, SEEK_HOLE);
  *start = static_cast<uint64_t>(data);
  *end = hole < 0 ? size : static_cast<uint64_t>(hole);
  if (*end > size) *end = size;
  return *start < size;
}

bool is_hole(const File& file, uint64_t offset) {
  const auto at = static_cast<off_t>(offset);
  return ::lseek(file.handle(), at, SEEK_HOLE) == at;
}

Failure lock(const std::string& path, File* file) {
  const int opened = open_path(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (opened < 0) return last_failure("open", path);
  File candidate(opened);
  if (retry([&] { return ::flock(opened, LOCK_EX | LOCK_NB); }) != 0) {
    return errno == EWOULDBLOCK ? Failure() : last_failure("flock", path);
  }
  *file = std::move(candidate);
  return {};
}

}  // namespace glassine::io
