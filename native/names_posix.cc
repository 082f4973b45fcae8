// Names on Linux and macOS: folders, links, renames that never replace, and what belongs to a name.
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_io_posix.h"

namespace glassine::io {

Failure remove_file(const std::string& path) {
  const int result = at(path, [](int folder, const char* name) { return ::unlinkat(folder, name, 0); });
  return result == 0 ? Failure() : last_failure("unlink", path);
}

Failure remove_folder(const std::string& path) {
  const int result =
      at(path, [](int folder, const char* name) { return ::unlinkat(folder, name, AT_REMOVEDIR); });
  return result == 0 ? Failure() : last_failure("rmdir", path);
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
  const int opened = open_path(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
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
