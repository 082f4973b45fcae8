// Names on Linux and macOS: folders, links, renames that never replace, and what belongs to a name.
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "file_io_posix.h"

namespace glassine::io {

Failure remove_file(const std::string& path) {
  const int result = at(path, [](int folder, const char* name) { return ::unlinkat(folder, name, 0); });
  return result == 0 ? Failure() : last_failure("unlink", path);
}

namespace {

bool is_empty(const std::string& path) {
  File folder;
  std::vector<Name> names;
  std::string text;
  return !open_root(path, &folder) && !list_names(folder, path, &names, &text) && names.empty();
}

}  // namespace

Failure remove_folder(const std::string& path) {
  const int result =
      at(path, [](int folder, const char* name) { return ::unlinkat(folder, name, AT_REMOVEDIR); });
  if (result == 0) return {};
  Failure failure = last_failure("rmdir", path);
  // POSIX lets a file system say EEXIST, and FAT servers say EPERM, of what is only not empty.
  const bool unclear = failure.number == EEXIST || failure.number == EPERM;
  if (unclear && !is_empty(path)) failure.number = ENOTEMPTY;
  return failure;
}

namespace {

int make_folder(const std::string& path) {
  return at(path, [](int folder, const char* name) { return ::mkdirat(folder, name, 0777); });
}

bool is_folder(const std::string& path) {
  struct stat s {};
  const int result = at(path, [&](int folder, const char* name) { return ::fstatat(folder, name, &s, 0); });
  return result == 0 && S_ISDIR(s.st_mode);
}

}  // namespace

Failure make_folders(const std::string& path) {
  if (make_folder(path) == 0) return {};
  if (errno == ENOENT) {
    size_t end = path.find_last_not_of('/');
    end = end == std::string::npos ? end : path.rfind('/', end);
    end = end == std::string::npos ? end : path.find_last_not_of('/', end);
    if (end == std::string::npos) return {ENOENT, "mkdir", path};
    if (Failure failure = make_folders(path.substr(0, end + 1))) return failure;
    if (make_folder(path) == 0) return {};
  }
  // Some file systems say EROFS or EACCES before they say EEXIST.
  const int number = errno;
  if (is_folder(path)) return {};
  return {number == EEXIST ? ENOTDIR : number, "mkdir", path};
}

namespace {

struct Parts {
  std::string folder;
  std::string name;
};

Parts parts_of(const std::string& path) {
  const size_t cut = path.rfind('/');
  if (cut == std::string::npos) return {".", path};
  return {path.substr(0, cut + 1), path.substr(cut + 1)};
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Whether two names are one file because case does not matter where they are. Inodes cannot tell: a FUSE
/// server may give each spelling its own.
bool differ_by_case(const std::string& from, const std::string& to) {
  const Parts old_parts = parts_of(from);
  const Parts new_parts = parts_of(to);
  const bool alike = old_parts.folder == new_parts.folder && old_parts.name != new_parts.name &&
                     std::equal(old_parts.name.begin(), old_parts.name.end(), new_parts.name.begin(),
                                new_parts.name.end(), [](char a, char b) { return lower(a) == lower(b); });
  File folder;
  std::vector<Name> names;
  std::string text;
  if (!alike || open_root(old_parts.folder, &folder) || list_names(folder, from, &names, &text)) return false;
  const auto holds = [&](const std::string& wanted) {
    return std::any_of(names.begin(), names.end(),
                       [&](const Name& name) { return wanted == text.c_str() + name.offset; });
  };
  return holds(old_parts.name) && !holds(new_parts.name);
}

}  // namespace

Failure rename(const std::string& from, const std::string& to) {
  const At old_name(from);
  const At new_name(to);
  if (!old_name.ok()) return {old_name.error(), "rename", from};
  if (!new_name.ok()) return {new_name.error(), "rename", to};
  if (rename_exclusively(old_name, new_name) == 0) return {};
  const int number = errno;
  if (number != EEXIST && !is_unsupported(number)) return {number, "rename", from};
  struct stat s {};
  if (::fstatat(old_name.folder(), old_name.name(), &s, AT_SYMLINK_NOFOLLOW) != 0)
    return last_failure("rename", from);
  if (::fstatat(new_name.folder(), new_name.name(), &s, AT_SYMLINK_NOFOLLOW) == 0) {
    if (!differ_by_case(from, to)) return {EEXIST, "rename", to};
  } else if (errno != ENOENT) {
    return last_failure("rename", to);
  }
  const int result = ::renameat(old_name.folder(), old_name.name(), new_name.folder(), new_name.name());
  return result == 0 ? Failure() : last_failure("rename", from);
}

Failure make_link(const std::string& path, const std::string& target) {
  const int result =
      at(path, [&](int folder, const char* name) { return ::symlinkat(target.c_str(), folder, name); });
  return result == 0 ? Failure() : last_failure("symlink", path);
}

Failure set_mode_of_name(const std::string& path, uint32_t mode) {
  const int result = at(path, [&](int folder, const char* name) {
    return ::fchmodat(folder, name, mode & 07777U, AT_SYMLINK_NOFOLLOW);
  });
  if (result == 0 || is_unsupported(errno)) return {};
  // FAT says EPERM of modes it cannot hold, and only of those: an owner may always change the mode.
  struct stat s {};
  const int number = errno;
  const bool known = at(path, [&](int folder, const char* name) {
                       return ::fstatat(folder, name, &s, AT_SYMLINK_NOFOLLOW);
                     }) == 0;
  if (number == EPERM && known && (s.st_uid == ::geteuid() || ::geteuid() == 0)) return {};
  return {number, "chmod", path};
}

Failure open_root(const std::string& path, File* folder) {
  const int opened = open_quietly(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
  if (opened < 0) return last_failure("open", path);
  *folder = File(opened);
  return {};
}

Failure read_link(const File& folder, const char* name, const std::string& path, std::string* target) {
  char buffer[PATH_MAX + 1];
  const ssize_t size = ::readlinkat(folder.handle(), name, buffer, sizeof buffer);
  if (size < 0) return last_failure("readlink", path);
  target->assign(buffer, static_cast<size_t>(size));
  return {};
}

}  // namespace glassine::io
