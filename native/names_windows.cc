// Names, folders, volumes and locks on Windows. Written after Microsoft's documentation; see the README for
// what has been run on which system.
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "win32.h"

namespace glassine::io {

namespace {

/// A folder's own path, by which what is in it can be opened.
std::wstring path_of(const File& folder) {
  std::wstring path(32768, L'\0');
  const DWORD length =
      ::GetFinalPathNameByHandleW(folder.handle(), path.data(), static_cast<DWORD>(path.size()), 0);
  path.resize(length < path.size() ? length : 0);
  return path;
}

std::wstring child_of(const File& folder, const char* name) {
  // Relative to nothing, so that it gets no prefix.
  return path_of(folder) + L'\\' + to_wide(name);
}

/// The symbolic link's part of REPARSE_DATA_BUFFER, which only the driver kit declares.
struct LinkData {
  DWORD tag;
  WORD data_size, reserved;
  WORD real_offset, real_size, print_offset, print_size;
  DWORD flags;
  wchar_t names[1];
};

}  // namespace

Failure remove_file(const std::string& path) {
  const std::wstring wide = to_wide(path);
  if (::DeleteFileW(wide.c_str())) return {};
  const DWORD error = ::GetLastError();
  // A link to a folder is removed as a folder.
  const DWORD attributes = ::GetFileAttributesW(wide.c_str());
  constexpr DWORD kFolderLink = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT;
  if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & kFolderLink) == kFolderLink) {
    if (::RemoveDirectoryW(wide.c_str())) return {};
  }
  return failure_of(error, "unlink", path);
}

Failure remove_folder(const std::string& path) {
  return ::RemoveDirectoryW(to_wide(path).c_str()) ? Failure() : last_failure("rmdir", path);
}

Failure make_folders(const std::string& path) {
  const std::wstring wide = to_wide(path);
  if (::CreateDirectoryW(wide.c_str(), nullptr)) return {};
  DWORD error = ::GetLastError();
  if (error == ERROR_PATH_NOT_FOUND) {
    const size_t end = path.find_last_of("/\\", path.find_last_not_of("/\\"));
    if (end == std::string::npos || end == 0) return failure_of(error, "mkdir", path);
    if (Failure failure = make_folders(path.substr(0, end))) return failure;
    if (::CreateDirectoryW(wide.c_str(), nullptr)) return {};
    error = ::GetLastError();
  }
  const DWORD attributes = ::GetFileAttributesW(wide.c_str());
  const bool there = attributes != INVALID_FILE_ATTRIBUTES;
  if (there && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0) return {};
  return there ? Failure(ENOTDIR, "mkdir", path) : failure_of(error, "mkdir", path);
}

Failure rename(const std::string& from, const std::string& to) {
  if (::MoveFileExW(to_wide(from).c_str(), to_wide(to).c_str(), MOVEFILE_WRITE_THROUGH)) return {};
  return last_failure("rename", from);
}

Failure make_link(const std::string& path, const std::string& target) {
  constexpr DWORD kUnprivileged = 2;  // SYMBOLIC_LINK_FLAG_ALLOW_UNPRIVILEGED_CREATE
  const bool made = ::CreateSymbolicLinkW(to_wide(path).c_str(), to_wide(target).c_str(), kUnprivileged) != 0;
  return made ? Failure() : last_failure("symlink", path);
}

Failure flush_folder(const std::string& path) {
  // NTFS journals names, FAT writes them through; only that the folder is there can be asked.
  Stat stat;
  if (Failure failure = stat_name(path, &stat)) return failure;
  return stat.kind == Kind::folder ? Failure() : Failure(ENOTDIR, "fsync", path);
}

Failure set_mode_of_name(const std::string& path, uint32_t mode) {
  const std::wstring wide = to_wide(path);
  const DWORD attributes = ::GetFileAttributesW(wide.c_str());
  if (attributes == INVALID_FILE_ATTRIBUTES) return last_failure("chmod", path);
  const bool read_only = (mode & 0222U) == 0;
  const DWORD wanted = read_only ? attributes | FILE_ATTRIBUTE_READONLY
                                 : attributes & ~static_cast<DWORD>(FILE_ATTRIBUTE_READONLY);
  if (wanted == attributes || ::SetFileAttributesW(wide.c_str(), wanted)) return {};
  return last_failure("chmod", path);
}

Failure open_root(const std::string& path, File* folder) {
  *folder = File(::CreateFileW(to_wide(path).c_str(), FILE_LIST_DIRECTORY | FILE_READ_ATTRIBUTES,
                               FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING,
                               FILE_FLAG_BACKUP_SEMANTICS, nullptr));
  if (!folder->is_open()) return last_failure("open", path);
  Stat found;
  if (Failure failure = stat(*folder, path, &found)) return failure;
  return found.kind == Kind::folder ? Failure() : Failure(ENOTDIR, "open", path);
}

Failure open_below(const File& root, const std::string& relative, const std::string& path, File* folder) {
  *folder = open_wide(child_of(root, relative.c_str()), FILE_LIST_DIRECTORY | FILE_READ_ATTRIBUTES,
                      OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS);
  if (!folder->is_open()) return last_failure("open", path);
  Stat found;
  if (Failure failure = stat(*folder, path, &found)) return failure;
  if (found.kind == Kind::link) return {ELOOP, "open", path};
  return found.kind == Kind::folder ? Failure() : Failure(ENOTDIR, "open", path);
}

Failure list_names(const File& folder, const std::string& path, std::vector<Name>* names, std::string* text) {
  std::vector<uint64_t> buffer((size_t{64} << 10U) / sizeof(uint64_t));
  for (bool first = true;; first = false) {
    const auto what = first ? FileIdBothDirectoryRestartInfo : FileIdBothDirectoryInfo;
    const auto size = static_cast<DWORD>(buffer.size() * sizeof(uint64_t));
    if (!::GetFileInformationByHandleEx(folder.handle(), what, buffer.data(), size)) {
      return ::GetLastError() == ERROR_NO_MORE_FILES ? Failure() : last_failure("scandir", path);
    }
    const char* at = reinterpret_cast<const char*>(buffer.data());
    for (;;) {
      const auto* record = reinterpret_cast<const FILE_ID_BOTH_DIR_INFO*>(at);
      const std::string name = from_wide(record->FileName, record->FileNameLength / sizeof(wchar_t));
      if (name != "." && name != "..") {
        // EaSize holds the tag of a reparse point.
        const Kind kind = kind_of(record->FileAttributes, record->EaSize);
        names->push_back({static_cast<uint64_t>(record->FileId.QuadPart), kind, true, text->size()});
        text->append(name.c_str(), name.size() + 1);
      }
      if (record->NextEntryOffset == 0) break;
      at += record->NextEntryOffset;
    }
  }
}

Failure stat_below(const File& folder, const char* name, const std::string& path, Stat* found) {
  const File file =
      open_wide(child_of(folder, name), FILE_READ_ATTRIBUTES, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS);
  return file.is_open() ? stat(file, path, found) : last_failure("lstat", path);
}

Failure read_link(const File& folder, const char* name, const std::string& path, std::string* target) {
  const File file =
      open_wide(child_of(folder, name), FILE_READ_ATTRIBUTES, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS);
  if (!file.is_open()) return last_failure("readlink", path);
  constexpr DWORD kGetReparsePoint = 0x000900A8;  // FSCTL_GET_REPARSE_POINT
  constexpr DWORD kLink = 0xA000000C;             // IO_REPARSE_TAG_SYMLINK
  std::vector<uint64_t> buffer((size_t{16} << 10U) / sizeof(uint64_t));
  DWORD got = 0;
  if (!::DeviceIoControl(file.handle(), kGetReparsePoint, nullptr, 0, buffer.data(),
                         static_cast<DWORD>(buffer.size() * sizeof(uint64_t)), &got, nullptr)) {
    return last_failure("readlink", path);
  }
  const auto* link = reinterpret_cast<const LinkData*>(buffer.data());
  // A junction's data has no flags: its names begin where a link's flags are.
  const wchar_t* text = link->tag == kLink ? link->names : reinterpret_cast<const wchar_t*>(&link->flags);
  *target = from_wide(text + link->print_offset / sizeof(wchar_t), link->print_size / sizeof(wchar_t));
  return {};
}

bool is_pseudo(const File& /*folder*/) { return false; }

Failure open_for_flush(const std::string& path, File* file) {
  wchar_t root[MAX_PATH + 1];
  wchar_t volume[MAX_PATH + 1];
  if (!::GetVolumePathNameW(to_wide(path).c_str(), root, MAX_PATH) ||
      !::GetVolumeNameForVolumeMountPointW(root, volume, MAX_PATH)) {
    return last_failure("open", path);
  }
  std::wstring device(volume);
  if (!device.empty() && device.back() == L'\\') device.pop_back();
  *file = open_wide(device, GENERIC_WRITE, OPEN_EXISTING, 0);
  return file->is_open() ? Failure() : last_failure("open", path);
}

Failure flush_volume(const File& anything_on_it, const std::string& path) {
  return flush(anything_on_it, path);
}

Failure flush_volume(const std::string& path) {
  File file;
  if (Failure failure = open_for_flush(path, &file)) return failure;
  return flush_volume(file, path);
}

Failure volume_numbers(const std::string& path, VolumeNumbers* numbers) {
  wchar_t root[MAX_PATH + 1];
  if (::GetFileAttributesW(to_wide(path).c_str()) == INVALID_FILE_ATTRIBUTES)
    return last_failure("stat", path);
  if (!::GetVolumePathNameW(to_wide(path).c_str(), root, MAX_PATH)) return last_failure("statfs", path);
  wchar_t file_system[MAX_PATH + 1];
  DWORD serial = 0;
  DWORD flags = 0;
  ULARGE_INTEGER available{};
  ULARGE_INTEGER total{};
  if (!::GetVolumeInformationW(root, nullptr, 0, &serial, nullptr, &flags, file_system, MAX_PATH) ||
      !::GetDiskFreeSpaceExW(root, &available, &total, nullptr)) {
    return last_failure("statfs", path);
  }
  numbers->device = serial;
  numbers->free_bytes = available.QuadPart;
  numbers->total_bytes = total.QuadPart;
  numbers->read_only = (flags & FILE_READ_ONLY_VOLUME) != 0;
  numbers->file_system = from_wide(file_system, std::wcslen(file_system));
  numbers->mount_point = from_wide(root, std::wcslen(root));
  char text[16];
  std::snprintf(text, sizeof text, "%04X-%04X", static_cast<unsigned>(serial >> 16U),
                static_cast<unsigned>(serial & 0xFFFFU));
  numbers->uuid = text;
  return {};
}

Failure lock(const std::string& path, File* file) {
  File candidate = open_wide(to_wide(path), GENERIC_READ | GENERIC_WRITE, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL);
  if (!candidate.is_open()) return last_failure("open", path);
  OVERLAPPED start{};
  if (!::LockFileEx(candidate.handle(), LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0,
                    &start)) {
    return ::GetLastError() == ERROR_LOCK_VIOLATION ? Failure() : last_failure("flock", path);
  }
  *file = std::move(candidate);
  return {};
}

}  // namespace glassine::io
