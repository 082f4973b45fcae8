// Files, folders and volumes on macOS: what POSIX does not have. Written after Apple's manual pages; see the
// README for what has been run on which system.
#include <dirent.h>
#include <fcntl.h>
#include <sys/attr.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <vector>

#include "file_io_posix.h"

namespace glassine::io {

namespace {

constexpr const char* kKeptAttributes[] = {"com.apple.metadata:_kMDItemUserTags", "com.apple.FinderInfo"};

/// Maps a file and calls `look` with where it is and how many pages it has; `otherwise` where it cannot be
/// mapped.
template <class Look>
int64_t with_map(int handle, uint64_t size, int64_t otherwise, Look look) {
  if (size == 0) return 0;
  void* map = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, handle, 0);
  if (map == MAP_FAILED) return otherwise;
  const int64_t result = look(map);
  ::munmap(map, size);
  return result;
}

int64_t cached_pages(void* map, uint64_t size) {
  const auto page = static_cast<uint64_t>(::getpagesize());
  std::vector<char> resident((size + page - 1) / page);
  if (::mincore(map, size, resident.data()) != 0) return -1;
  int64_t count = 0;
  for (const char each : resident) count += each & MINCORE_INCORE;
  return count;
}

bool is_kept(const std::string& name) {
  for (const char* kept : kKeptAttributes) {
    if (name == kept) return true;
  }
  return false;
}

}  // namespace

bool set_direct(File& file, bool direct) { return ::fcntl(file.handle(), F_NOCACHE, direct ? 1 : 0) == 0; }

bool direct_means_medium(const File& file, uint64_t size) {
  // F_NOCACHE fills no cache, but reads what is in one.
  return drop_cache(file, size);
}

Failure read_once_at(const File& file, void* buffer, size_t size, uint64_t offset, const std::string& path,
                     size_t* got) {
  return read_at(file, buffer, size, offset, path, got);
}

Failure reserve(const File& file, uint64_t size, const std::string& path) {
  fstore_t store = {F_ALLOCATEALL, F_PEOFPOSMODE, 0, static_cast<off_t>(size), 0};
  if (::fcntl(file.handle(), F_PREALLOCATE, &store) == 0 || errno != ENOSPC) return {};
  return last_failure("fcntl", path);
}

void push_out(const File& /*file*/, uint64_t /*start*/, uint64_t /*end*/) {}

Failure flush(const File& file, const std::string& path) {
  // fsync alone leaves the bytes in the drive's own cache.
  if (retry([&] { return ::fcntl(file.handle(), F_FULLFSYNC); }) == 0) return {};
  if (!is_unsupported(errno)) return last_failure("fsync", path);
  return retry([&] { return ::fsync(file.handle()); }) == 0 ? Failure() : last_failure("fsync", path);
}

bool is_cached(const File& file, uint64_t size) {
  const int64_t pages = with_map(file.handle(), size, 0, [&](void* map) { return cached_pages(map, size); });
  return pages > 0 && static_cast<uint64_t>(pages) * static_cast<uint64_t>(::getpagesize()) > size / 2;
}

bool drop_cache(const File& file, uint64_t size) {
  return with_map(file.handle(), size, -1, [&](void* map) -> int64_t {
           if (::msync(map, size, MS_INVALIDATE) != 0) return -1;
           return cached_pages(map, size);
         }) == 0;
}

void forget_cache(const File& /*file*/) {}

void use_large_pages(void* /*memory*/, size_t /*size*/) {}

bool drop_server_cache(const File& /*file*/) { return true; }

Traits traits(const File& file) {
  Traits traits;
  struct stat s {};
  struct statfs fs {};
  if (::fstat(file.handle(), &s) == 0) traits.volume = static_cast<uint64_t>(s.st_dev);
  // A flush of everything is sync(), which does not wait and does not tell: each file is flushed by itself.
  traits.flushes_whole = false;
  if (::fstatfs(file.handle(), &fs) == 0) traits.has_medium = std::strcmp(fs.f_fstypename, "tmpfs") != 0;
  return traits;
}

std::vector<Attribute> read_attributes(const File& file) {
  std::vector<Attribute> found;
  size_t total = 0;
  for (const char* name : kKeptAttributes) {
    char value[kMostAttributeBytes];
    const ssize_t got = ::fgetxattr(file.handle(), name, value, sizeof value, 0, 0);
    if (got < 0) continue;
    total += std::strlen(name) + static_cast<size_t>(got);
    if (total > kMostAttributeBytes) break;
    found.push_back({name, std::string(value, static_cast<size_t>(got))});
  }
  return found;
}

void write_attributes(const std::string& path, const std::vector<Attribute>& attributes) {
  const File file(open_path(path, O_RDONLY | O_SYMLINK | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) return;
  for (const Attribute& attribute : attributes) {
    if (!is_kept(attribute.name)) continue;
    ::fsetxattr(file.handle(), attribute.name.c_str(), attribute.value.data(), attribute.value.size(), 0, 0);
  }
}

int rename_exclusively(const At& from, const At& to) {
  return ::renameatx_np(from.folder(), from.name(), to.folder(), to.name(), RENAME_EXCL);
}

Failure flush_folder(const std::string& path) {
  const File folder(open_path(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return last_failure("open", path);
  Failure failure = flush(folder, path);
  return is_unsupported(failure.number) ? flush_volume(folder, path) : failure;
}

Failure open_for_flush(const std::string& path, File* file) {
  const int opened = open_path(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (opened < 0) return last_failure("open", path);
  *file = File(opened);
  return {};
}

Failure flush_volume(const File& anything_on_it, const std::string& path) {
  ::sync();
  // Once what sync() began is with the drive, this empties the drive's own cache, which all files share.
  Failure failure = flush(anything_on_it, path);
  return is_unsupported(failure.number) ? Failure() : failure;
}

Failure flush_volume(const std::string& path) {
  File file;
  if (Failure failure = open_for_flush(path, &file)) return failure;
  return flush_volume(file, path);
}

Failure open_below(const File& root, const std::string& relative, const std::string& path, File* folder) {
  const At where(relative, root.handle());
  if (!where.ok()) return {where.error(), "open", path};
  const int opened = retry([&] {
    return ::openat(where.folder(), where.name(),
                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW_ANY | O_NONBLOCK | O_CLOEXEC);
  });
  if (opened < 0) return last_failure("open", path);
  *folder = File(opened);
  return {};
}

Failure list_names(const File& folder, const std::string& path, std::vector<Name>* names, std::string* text) {
  const int copy = ::openat(folder.handle(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* stream = copy < 0 ? nullptr : ::fdopendir(copy);
  if (stream == nullptr) {
    Failure failure = last_failure("scandir", path);
    if (copy >= 0) ::close(copy);
    return failure;
  }
  errno = 0;
  while (const dirent* entry = ::readdir(stream)) {
    const char* name = entry->d_name;
    if (std::strcmp(name, ".") != 0 && std::strcmp(name, "..") != 0) {
      const Kind kind = entry->d_type == DT_DIR                                  ? Kind::folder
                        : entry->d_type == DT_LNK                                ? Kind::link
                        : entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN ? Kind::file
                                                                                 : Kind::special;
      names->push_back({entry->d_ino, kind, entry->d_type != DT_UNKNOWN, text->size()});
      text->append(name, std::strlen(name) + 1);
    }
    errno = 0;
  }
  Failure failure = errno == 0 ? Failure() : last_failure("scandir", path);
  ::closedir(stream);
  return failure;
}

bool is_pseudo(const File& folder) {
  struct statfs fs {};
  if (::fstatfs(folder.handle(), &fs) != 0) return false;
  return std::strcmp(fs.f_fstypename, "devfs") == 0 || std::strcmp(fs.f_fstypename, "autofs") == 0;
}

Failure volume_numbers(const std::string& path, VolumeNumbers* numbers) {
  const File file(open_path(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) return last_failure("open", path);
  struct stat s {};
  struct statfs fs {};
  if (::fstat(file.handle(), &s) != 0) return last_failure("fstat", path);
  if (::fstatfs(file.handle(), &fs) != 0) return last_failure("statfs", path);
  numbers->device = static_cast<uint64_t>(s.st_dev);
  numbers->free_bytes = fs.f_bavail * fs.f_bsize;
  numbers->total_bytes = fs.f_blocks * fs.f_bsize;
  numbers->free_files = fs.f_ffree;
  numbers->total_files = fs.f_files;
  numbers->read_only = (fs.f_flags & MNT_RDONLY) != 0;
  numbers->file_system = fs.f_fstypename;
  numbers->mount_point = fs.f_mntonname;
  struct {
    uint32_t size;
    unsigned char uuid[16];
  } __attribute__((aligned(4), packed)) answer{};
  attrlist wanted{};
  wanted.bitmapcount = ATTR_BIT_MAP_COUNT;
  wanted.volattr = ATTR_VOL_INFO | ATTR_VOL_UUID;
  if (::getattrlist(fs.f_mntonname, &wanted, &answer, sizeof answer, 0) != 0) return {};
  for (size_t i = 0; i < sizeof answer.uuid; ++i) {
    char hex[4];
    std::snprintf(hex, sizeof hex, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02X" : "%02X", answer.uuid[i]);
    numbers->uuid += hex;
  }
  return {};
}

}  // namespace glassine::io
