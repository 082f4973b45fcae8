// Reading folders on Linux: names in large gulps, and folders below a root through no link.
#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

#include "file_io_posix.h"

namespace glassine::io {

namespace {

constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

// openat2, Linux 5.6; not every machine's headers know of it.
constexpr long kOpenat2 = 437;
constexpr uint64_t kNoMagicLinks = 0x02;
constexpr uint64_t kNoSymlinks = 0x04;
constexpr uint64_t kBeneath = 0x08;

struct OpenHow {
  uint64_t flags, mode, resolve;
};

int open_without_links(int base, const char* name, int flags) {
  static std::atomic<bool> known{true};
  if (known.load(std::memory_order_relaxed)) {
    const OpenHow how = {static_cast<uint64_t>(flags), 0, kBeneath | kNoSymlinks | kNoMagicLinks};
    const long result = retry([&] { return ::syscall(kOpenat2, base, name, &how, sizeof how); });
    // Sandboxes refuse calls they do not know with EPERM, and so does the kernel what strangers ask.
    const bool refused = errno == ENOSYS || (errno == EPERM && (flags & O_NOATIME) == 0);
    if (result >= 0 || !refused) return static_cast<int>(result);
    known = false;
  }
  return retry([&] { return ::openat(base, name, flags); });
}

Kind kind_of(uint8_t type) {
  switch (type) {
    case DT_DIR:
      return Kind::folder;
    case DT_LNK:
      return Kind::link;
    case DT_REG:
    case DT_UNKNOWN:
      return Kind::file;
    default:
      return Kind::special;
  }
}

}  // namespace

Failure open_below(const File& root, const std::string& relative, const std::string& path, File* folder) {
  const At where(relative, root.handle());
  if (!where.ok()) return {where.error(), "open", path};
  // Looking at a card leaves no trace on it, where that is ours to ask for.
  int opened = open_without_links(where.folder(), where.name(), kFolderFlags | O_NOATIME);
  if (opened < 0 && errno == EPERM) opened = open_without_links(where.folder(), where.name(), kFolderFlags);
  if (opened < 0) return last_failure("open", path);
  *folder = File(opened);
  return {};
}

Failure list_names(const File& folder, const std::string& path, std::vector<Name>* names, std::string* text) {
  struct Record {
    uint64_t inode;
    int64_t next;
    uint16_t size;
    uint8_t type;
    char name[1];
  };
  constexpr size_t kName = offsetof(Record, name);
  alignas(Record) static thread_local char buffer[size_t{64} << 10U];
  for (;;) {
    const long got = retry([&] { return ::syscall(SYS_getdents64, folder.handle(), buffer, sizeof buffer); });
    if (got < 0) return last_failure("scandir", path);
    if (got == 0) return {};
    for (long at = 0; at < got;) {
      const auto* record = reinterpret_cast<const Record*>(buffer + at);
      const char* name = buffer + at + kName;
      at += record->size;
      if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0) continue;
      names->push_back({record->inode, kind_of(record->type), record->type != DT_UNKNOWN, text->size()});
      text->append(name, std::strlen(name) + 1);
    }
  }
}

bool is_pseudo(const File& folder) {
  struct statfs fs {};
  if (::fstatfs(folder.handle(), &fs) != 0) return false;
  switch (fs.f_type) {
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case CGROUP_SUPER_MAGIC:
    case CGROUP2_SUPER_MAGIC:
    case DEBUGFS_MAGIC:
    case TRACEFS_MAGIC:
    case SECURITYFS_MAGIC:
    case DEVPTS_SUPER_MAGIC:
    case BPF_FS_MAGIC:
    case PSTOREFS_MAGIC:
      return true;
    default:
      return false;
  }
}

}  // namespace glassine::io
