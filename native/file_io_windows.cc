// Files on Windows. Written after Microsoft's documentation; see the README for what has been run on which
// system.
#include <algorithm>
#include <cerrno>

#include "win32.h"

namespace glassine::io {

const Handle kNoHandle = INVALID_HANDLE_VALUE;

namespace {

constexpr int64_t kEpoch = 116'444'736'000'000'000;
constexpr DWORD kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

OVERLAPPED at_offset(uint64_t offset) {
  OVERLAPPED where{};
  where.Offset = static_cast<DWORD>(offset);
  where.OffsetHigh = static_cast<DWORD>(offset >> 32U);
  return where;
}

Failure set_times(HANDLE handle, int64_t modified_ns, const char* call, const std::string& path) {
  FILE_BASIC_INFO info{};
  info.LastWriteTime.QuadPart = from_unix_ns(modified_ns);
  if (!::SetFileInformationByHandle(handle, FileBasicInfo, &info, sizeof info))
    return last_failure(call, path);
  return {};
}

}  // namespace

std::wstring to_wide(const std::string& path) {
  const int length =
      ::MultiByteToWideChar(CP_UTF8, 0, path.data(), static_cast<int>(path.size()), nullptr, 0);
  std::wstring wide(static_cast<size_t>(length), L'\0');
  ::MultiByteToWideChar(CP_UTF8, 0, path.data(), static_cast<int>(path.size()), wide.data(), length);
  std::replace(wide.begin(), wide.end(), L'/', L'\\');
  if (wide.rfind(L"\\\\?\\", 0) == 0) return wide;
  if (wide.rfind(L"\\\\", 0) == 0) return L"\\\\?\\UNC" + wide.substr(1);
  const bool absolute = wide.size() > 2 && wide[1] == L':' && wide[2] == L'\\';
  return absolute ? L"\\\\?\\" + wide : wide;
}

std::string from_wide(const wchar_t* text, size_t length) {
  const auto count = static_cast<int>(length);
  const int size = ::WideCharToMultiByte(CP_UTF8, 0, text, count, nullptr, 0, nullptr, nullptr);
  std::string bytes(static_cast<size_t>(size), '\0');
  ::WideCharToMultiByte(CP_UTF8, 0, text, count, bytes.data(), size, nullptr, nullptr);
  return bytes;
}

Failure failure_of(DWORD error, const char* call, const std::string& path) {
  switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_BAD_NETPATH:
    case ERROR_INVALID_DRIVE:
    case ERROR_BAD_NET_NAME:
      return {ENOENT, call, path};
    case ERROR_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
      return {EACCES, call, path};
    case ERROR_FILE_EXISTS:
    case ERROR_ALREADY_EXISTS:
      return {EEXIST, call, path};
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
      return {ENOSPC, call, path};
    case ERROR_WRITE_PROTECT:
      return {EROFS, call, path};
    case ERROR_DIR_NOT_EMPTY:
      return {ENOTEMPTY, call, path};
    case ERROR_DIRECTORY:
      return {ENOTDIR, call, path};
    case ERROR_NOT_SAME_DEVICE:
      return {EXDEV, call, path};
    case ERROR_FILENAME_EXCED_RANGE:
      return {ENAMETOOLONG, call, path};
    case ERROR_FILE_TOO_LARGE:
      return {EFBIG, call, path};
    case ERROR_INVALID_NAME:
    case ERROR_INVALID_PARAMETER:
    case ERROR_INVALID_FUNCTION:
    case ERROR_NOT_SUPPORTED:
      return {EINVAL, call, path};
    case ERROR_PRIVILEGE_NOT_HELD:
      return {EPERM, call, path};
    case ERROR_TOO_MANY_OPEN_FILES:
      return {EMFILE, call, path};
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
      return {ENOMEM, call, path};
    default:
      return {EIO, call, path};
  }
}

Failure last_failure(const char* call, const std::string& path) {
  return failure_of(::GetLastError(), call, path);
}

int64_t to_unix_ns(int64_t windows_time) { return (windows_time - kEpoch) * 100; }

int64_t from_unix_ns(int64_t unix_ns) { return unix_ns / 100 + kEpoch; }

File& File::operator=(File&& other) noexcept {
  if (this != &other) {
    close();
    handle_ = std::exchange(other.handle_, kNoHandle);
  }
  return *this;
}

void File::close() {
  if (handle_ != kNoHandle) ::CloseHandle(std::exchange(handle_, kNoHandle));
}

File open_wide(const std::wstring& path, DWORD access, DWORD disposition, DWORD flags) {
  return File(::CreateFileW(path.c_str(), access, kShareAll, nullptr, disposition,
                            flags | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
}

Kind kind_of(DWORD attributes, DWORD reparse_tag) {
  if ((attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0) {
    if (reparse_tag == IO_REPARSE_TAG_SYMLINK || reparse_tag == IO_REPARSE_TAG_MOUNT_POINT) return Kind::link;
  }
  if ((attributes & FILE_ATTRIBUTE_DIRECTORY) != 0) return Kind::folder;
  return (attributes & FILE_ATTRIBUTE_DEVICE) != 0 ? Kind::special : Kind::file;
}

Failure stat(const File& file, const std::string& path, Stat* stat) {
  FILE_BASIC_INFO basic{};
  FILE_STANDARD_INFO standard{};
  FILE_ATTRIBUTE_TAG_INFO tag{};
  BY_HANDLE_FILE_INFORMATION identity{};
  const HANDLE handle = file.handle();
  if (!::GetFileInformationByHandleEx(handle, FileBasicInfo, &basic, sizeof basic) ||
      !::GetFileInformationByHandleEx(handle, FileStandardInfo, &standard, sizeof standard) ||
      !::GetFileInformationByHandleEx(handle, FileAttributeTagInfo, &tag, sizeof tag) ||
      !::GetFileInformationByHandle(handle, &identity)) {
    return last_failure("fstat", path);
  }
  stat->kind = kind_of(tag.FileAttributes, tag.ReparseTag);
  stat->mode = (basic.FileAttributes & FILE_ATTRIBUTE_READONLY) != 0 ? 0444 : 0644;
  stat->bytes = static_cast<uint64_t>(standard.EndOfFile.QuadPart);
  stat->allocated_bytes = (basic.FileAttributes & FILE_ATTRIBUTE_SPARSE_FILE) != 0
                              ? static_cast<uint64_t>(standard.AllocationSize.QuadPart)
                              : stat->bytes;
  stat->modified_ns = to_unix_ns(basic.LastWriteTime.QuadPart);
  stat->changed_ns = to_unix_ns(basic.ChangeTime.QuadPart);
  stat->inode = static_cast<uint64_t>(identity.nFileIndexHigh) << 32U | identity.nFileIndexLow;
  stat->device = identity.dwVolumeSerialNumber;
  return {};
}

Failure stat_name(const std::string& path, Stat* stat) {
  const File file = open_wide(to_wide(path), FILE_READ_ATTRIBUTES, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS);
  return file.is_open() ? io::stat(file, path, stat) : last_failure("lstat", path);
}

Failure open_source(const std::string& path, File* file, Stat* stat) {
  *file = open_wide(to_wide(path), GENERIC_READ, OPEN_EXISTING,
                    FILE_FLAG_SEQUENTIAL_SCAN | FILE_FLAG_BACKUP_SEMANTICS);
  if (!file->is_open()) return last_failure("open", path);
  if (Failure failure = io::stat(*file, path, stat)) return failure;
  return stat->kind == Kind::file ? Failure() : Failure(EINVAL, "open", path);
}

Failure create(const std::string& path, uint32_t /*mode*/, File* file) {
  *file = open_wide(to_wide(path), GENERIC_WRITE | FILE_READ_ATTRIBUTES, CREATE_NEW, FILE_ATTRIBUTE_NORMAL);
  return file->is_open() ? Failure() : last_failure("open", path);
}

Failure open_to_flush(const std::string& path, File* file) {
  *file = open_wide(to_wide(path), GENERIC_WRITE, OPEN_EXISTING, 0);
  return file->is_open() ? Failure() : last_failure("open", path);
}

bool set_direct(File& file, bool direct) {
  // A handle does not tell what it was opened for: sources are opened for reading alone, targets for writing
  // alone.
  const DWORD flags = direct ? FILE_FLAG_NO_BUFFERING : 0;
  char byte = 0;
  DWORD got = 0;
  OVERLAPPED start{};
  const bool denied =
      !::ReadFile(file.handle(), &byte, 0, &got, &start) && ::GetLastError() == ERROR_ACCESS_DENIED;
  const DWORD access = denied ? GENERIC_WRITE | FILE_READ_ATTRIBUTES : GENERIC_READ;
  const HANDLE again = ::ReOpenFile(file.handle(), access, kShareAll, flags);
  if (again == INVALID_HANDLE_VALUE) return false;
  file = File(again);
  return true;
}

bool direct_means_medium(const File& /*file*/, uint64_t /*size*/) { return true; }

Failure read_at(const File& file, void* buffer, size_t size, uint64_t offset, const std::string& path,
                size_t* got) {
  OVERLAPPED where = at_offset(offset);
  DWORD read = 0;
  if (!::ReadFile(file.handle(), buffer, static_cast<DWORD>(size), &read, &where)) {
    const DWORD error = ::GetLastError();
    if (error != ERROR_HANDLE_EOF) return failure_of(error, "read", path);
  }
  *got = read;
  return {};
}

Failure read_once_at(const File& file, void* buffer, size_t size, uint64_t offset, const std::string& path,
                     size_t* got) {
  return read_at(file, buffer, size, offset, path, got);
}

Failure write_at(const File& file, const void* buffer, size_t size, uint64_t offset,
                 const std::string& path) {
  OVERLAPPED where = at_offset(offset);
  DWORD written = 0;
  if (!::WriteFile(file.handle(), buffer, static_cast<DWORD>(size), &written, &where)) {
    return last_failure("write", path);
  }
  return written == size ? Failure() : Failure(ENOSPC, "write", path);
}

Failure reserve(const File& file, uint64_t size, const std::string& path) {
  FILE_ALLOCATION_INFO info{};
  info.AllocationSize.QuadPart = static_cast<LONGLONG>(size);
  if (::SetFileInformationByHandle(file.handle(), FileAllocationInfo, &info, sizeof info)) return {};
  Failure failure = last_failure("fallocate", path);
  return failure.number == ENOSPC ? failure : Failure();
}

Failure set_size(const File& file, uint64_t size, const std::string& path) {
  FILE_END_OF_FILE_INFO info{};
  info.EndOfFile.QuadPart = static_cast<LONGLONG>(size);
  if (::SetFileInformationByHandle(file.handle(), FileEndOfFileInfo, &info, sizeof info)) return {};
  return last_failure("ftruncate", path);
}

Failure set_modified(const File& file, int64_t modified_ns, const std::string& path) {
  return set_times(file.handle(), modified_ns, "futimens", path);
}

Failure set_modified_of_name(const std::string& path, int64_t modified_ns) {
  const File file =
      open_wide(to_wide(path), FILE_WRITE_ATTRIBUTES, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS);
  return file.is_open() ? set_times(file.handle(), modified_ns, "utimensat", path)
                        : last_failure("utimensat", path);
}

bool next_data(const File& file, uint64_t from, uint64_t size, uint64_t* start, uint64_t* end) {
  if (from >= size) return false;
  FILE_ALLOCATED_RANGE_BUFFER wanted{};
  FILE_ALLOCATED_RANGE_BUFFER found{};
  wanted.FileOffset.QuadPart = static_cast<LONGLONG>(from);
  wanted.Length.QuadPart = static_cast<LONGLONG>(size - from);
  DWORD got = 0;
  const BOOL all = ::DeviceIoControl(file.handle(), FSCTL_QUERY_ALLOCATED_RANGES, &wanted, sizeof wanted,
                                     &found, sizeof found, &got, nullptr);
  const bool told = all || ::GetLastError() == ERROR_MORE_DATA;
  if (told && got < sizeof found) return false;
  *start = told ? static_cast<uint64_t>(found.FileOffset.QuadPart) : from;
  *end = told ? *start + static_cast<uint64_t>(found.Length.QuadPart) : size;
  return *start < size;
}

bool is_hole(const File& /*file*/, uint64_t /*offset*/) {
  // A file has holes only where it was declared sparse first, and ours are not.
  return false;
}

void push_out(const File& /*file*/, uint64_t /*start*/, uint64_t /*end*/) {}

Failure flush(const File& file, const std::string& path) {
  return ::FlushFileBuffers(file.handle()) ? Failure() : last_failure("fsync", path);
}

/// Windows does not tell what its cache holds.
bool is_cached(const File& /*file*/, uint64_t /*size*/) { return true; }
bool drop_cache(const File& /*file*/, uint64_t /*size*/) { return false; }
void forget_cache(const File& /*file*/) {}

void use_large_pages(void* /*memory*/, size_t /*size*/) {}

bool drop_server_cache(const File& /*file*/) { return true; }

Traits traits(const File& file) {
  Traits traits;
  BY_HANDLE_FILE_INFORMATION identity{};
  if (::GetFileInformationByHandle(file.handle(), &identity)) traits.volume = identity.dwVolumeSerialNumber;
  // Only an administrator may flush a whole volume.
  traits.flushes_whole = false;
  return traits;
}

std::vector<Attribute> read_attributes(const File& /*file*/) { return {}; }
void write_attributes(const std::string& /*path*/, const std::vector<Attribute>& /*attributes*/) {}

}  // namespace glassine::io
