// What the POSIX files of the addon share: paths in pieces, and calls that are tried again when interrupted.
#pragma once

#include <cerrno>
#include <string>

#include "file_io.h"

namespace glassine::io {

/// Calls again while a signal interrupts.
template <class Call>
auto retry(Call call) {
  decltype(call()) result;
  do {
    result = call();
  } while (result == -1 && errno == EINTR);
  return result;
}

/// A path that any `...at` call can take: the folders of one longer than PATH_MAX are opened piece by piece
/// first. Lives no longer than the string it was made from.
class At {
 public:
  explicit At(const std::string& path, int base = kHere);

  [[nodiscard]] bool ok() const { return error_ == 0; }
  [[nodiscard]] int error() const { return error_; }
  [[nodiscard]] int folder() const;
  [[nodiscard]] const char* name() const { return rest_; }

 private:
  static const int kHere;

  int base_;
  File holder_;
  const char* rest_;
  int error_ = 0;
};

/// The result of an `...at` call on a path: `call(folder, name)`, with errno set where the folders cannot be
/// opened.
template <class Call>
auto at(const std::string& path, Call call) -> decltype(call(0, "")) {
  const At where(path);
  if (!where.ok()) {
    errno = where.error();
    return -1;
  }
  return retry([&] { return call(where.folder(), where.name()); });
}

/// As renameat, but EEXIST when the new name is taken; EINVAL or the like where the file system cannot do
/// that.
int rename_exclusively(const At& from, const At& to);

/// The last call's errno as a Failure.
Failure last_failure(const char* call, const std::string& path);

/// A descriptor, or -1 and errno.
int open_path(const std::string& path, int flags, unsigned mode = 0);

/// As `open_path`, to read: the time of access stays what it was, where that is ours to ask for.
int open_quietly(const std::string& path, int flags);

/// Whether an errno says that a file system does not know the thing at all.
bool is_unsupported(int number);

}  // namespace glassine::io
