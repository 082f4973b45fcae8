// What each operating system must provide: files, names and volumes. Paths are bytes (UTF-8 on Windows) and
// may be longer than PATH_MAX everywhere. Nothing here knows of JavaScript, threads or hashes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "failure.h"

namespace glassine::io {

/// Direct I/O wants addresses, offsets and lengths that are multiples of this.
constexpr size_t kAlignment = 4096;

#ifdef _WIN32
using Handle = void*;
#else
using Handle = int;
#endif
extern const Handle kNoHandle;

/// An open file or folder; closed when it goes.
class File {
 public:
  File() = default;
  explicit File(Handle handle) : handle_(handle) {}
  File(File&& other) noexcept : handle_(std::exchange(other.handle_, kNoHandle)) {}
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { close(); }

  [[nodiscard]] Handle handle() const { return handle_; }
  [[nodiscard]] bool is_open() const { return handle_ != kNoHandle; }
  void close();

 private:
  Handle handle_ = kNoHandle;
};

enum class Kind : uint8_t { file, link, folder, special };

struct Stat {
  Kind kind = Kind::special;
  uint32_t mode = 0;
  uint64_t bytes = 0;
  uint64_t allocated_bytes = 0;
  int64_t modified_ns = 0;
  int64_t changed_ns = 0;
  uint64_t inode = 0;
  uint64_t device = 0;
};

/// What a file system can be trusted with.
struct Traits {
  /// Files that share it are flushed together by flush_volume.
  uint64_t volume = 0;
  /// There is a medium below: reading past the cache proves something.
  bool has_medium = true;
  /// flush_volume reaches the medium. Where it does not, every file is flushed by itself.
  bool flushes_whole = true;
  /// Going from one place to another takes time. False where the system does not tell.
  bool rotates = false;
};

struct Attribute {
  std::string name;
  std::string value;
};

/// Attributes of one file that are kept at most, names and values together.
constexpr size_t kMostAttributeBytes = 4096;

// Files

/// Opens a plain file for reading, following no link at its last name; EINVAL for anything but a plain file.
Failure open_source(const std::string& path, File* file, Stat* stat);
/// Creates a new file for writing; EEXIST when there is anything.
Failure create(const std::string& path, uint32_t mode, File* file);
Failure stat(const File& file, const std::string& path, Stat* stat);
/// Of the name itself, following no link.
Failure stat_name(const std::string& path, Stat* stat);
/// Asks for reads and writes past the cache, or no more. False where the file system refuses. Where it
/// agrees, the first read or write may still say EINVAL.
bool set_direct(File& file, bool direct);
/// Whether direct reads come from the medium even where the cache holds the file.
bool direct_means_medium(const File& file, uint64_t size);
/// Returns fewer bytes than asked for only at the end of the file, or with direct I/O.
Failure read_at(const File& file, void* buffer, size_t size, uint64_t offset, const std::string& path,
                size_t* got);
/// As read_at, leaving the cache as it was where the system knows how.
Failure read_once_at(const File& file, void* buffer, size_t size, uint64_t offset, const std::string& path,
                     size_t* got);
Failure write_at(const File& file, const void* buffer, size_t size, uint64_t offset, const std::string& path);
/// Sets aside room for a file, where that can be done without writing; anything but a lack of room is no
/// failure.
Failure reserve(const File& file, uint64_t size, const std::string& path);
Failure set_size(const File& file, uint64_t size, const std::string& path);
Failure set_modified(const File& file, int64_t modified_ns, const std::string& path);
/// The data that begins at or after `from`: where it starts and ends. False when there is none before `size`.
bool next_data(const File& file, uint64_t from, uint64_t size, uint64_t* start, uint64_t* end);
/// Whether a byte lies in a hole of the file, as its file system tells it.
bool is_hole(const File& file, uint64_t offset);
/// Starts writing what was written up to `end`, and waits for what was started before.
void push_out(const File& file, uint64_t start, uint64_t end);
/// Opens a file that was written and closed, to flush it.
Failure open_to_flush(const std::string& path, File* file);
/// Everything written is on the medium, with the drive's own cache flushed where the system can.
Failure flush(const File& file, const std::string& path);
/// True when the larger part of a file is in the cache; reading past it would be slower.
bool is_cached(const File& file, uint64_t size);
/// Drops a file's clean pages. True when none is left in the cache.
bool drop_cache(const File& file, uint64_t size);
/// As drop_cache, for those who do not ask how it went.
void forget_cache(const File& file);
/// A FUSE server that reads a drive does so through the cache of that drive: drops it. False where that is
/// not ours to do, so that nothing read is known to come from the medium.
bool drop_server_cache(const File& file);
Traits traits(const File& file);
std::vector<Attribute> read_attributes(const File& file);

// Names

Failure remove_file(const std::string& path);
Failure remove_folder(const std::string& path);
/// Makes a folder and those above it that are missing. No failure when it is there.
Failure make_folders(const std::string& path);
/// Never replaces: EEXIST.
Failure rename(const std::string& from, const std::string& to);
Failure make_link(const std::string& path, const std::string& target);
Failure flush_folder(const std::string& path);
/// None of the following follows a link at the last name.
Failure set_modified_of_name(const std::string& path, int64_t modified_ns);
/// Quiet where the file system has no such thing.
Failure set_mode_of_name(const std::string& path, uint32_t mode);
void write_attributes(const std::string& path, const std::vector<Attribute>& attributes);

// Folders

/// A name in a folder, and what the folder itself says of it: for the order of looking, and where no more can
/// be had.
struct Name {
  uint64_t inode = 0;
  Kind kind = Kind::file;
  bool kind_known = false;
  /// Where it begins in the text; ended by NUL.
  size_t offset = 0;
};

/// Follows links: the root of a walk may be one.
Failure open_root(const std::string& path, File* folder);
/// A folder below another one, through no link.
Failure open_below(const File& root, const std::string& relative, const std::string& path, File* folder);
/// Every name but `.` and `..`, in the order of the file system.
Failure list_names(const File& folder, const std::string& path, std::vector<Name>* names, std::string* text);
Failure stat_below(const File& folder, const char* name, const std::string& path, Stat* stat);
Failure read_link(const File& folder, const char* name, const std::string& path, std::string* target);
/// A file system without files of anybody's: proc, sysfs and their kin.
bool is_pseudo(const File& folder);

// Memory

/// Asks for memory in large pages, before any of it is used. Direct I/O of a block in one piece is one request
/// with one address; of 256 scattered pages it is one or two with 256, which took twice the time on a virtual
/// disk.
void use_large_pages(void* memory, size_t size);

// Volumes

/// Everything written to the volume that holds the path is on the medium.
Failure flush_volume(const std::string& path);
/// Opens something on a volume to be able to flush it later, with every error since.
Failure open_for_flush(const std::string& path, File* file);
Failure flush_volume(const File& anything_on_it, const std::string& path);

struct VolumeNumbers {
  uint64_t device = 0;
  /// Linux: the id of the mount in mountinfo, 0 where unknown.
  uint64_t mount = 0;
  uint64_t free_bytes = 0;
  uint64_t total_bytes = 0;
  uint64_t free_files = 0;
  uint64_t total_files = 0;
  bool read_only = false;
  /// These three where the system tells them by itself (macOS, Windows).
  std::string file_system;
  std::string mount_point;
  std::string uuid;
};
Failure volume_numbers(const std::string& path, VolumeNumbers* numbers);

// Locks

/// Takes an exclusive lock that dies with the process; leaves `file` closed when another holds it.
Failure lock(const std::string& path, File* file);

}  // namespace glassine::io
