// Listing folders: every name with what the system says of it, folder by folder, never following a link.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "failure.h"
#include "file_io.h"

namespace glassine {

struct Entry {
  /// Where its name, and after it its target, begin in the listing's text; both end with NUL.
  uint32_t name = 0;
  uint32_t target = 0;
  io::Kind kind = io::Kind::special;
  bool ascii = true;
  uint64_t bytes = 0;
  int64_t modified_us = 0;
  uint64_t inode = 0;
  uint64_t device = 0;
};

constexpr size_t kMarkBytes = 16;

/// One folder, or why it could not be read.
struct Listing {
  /// Below the root, canonical: see `src/base/paths.ts`.
  std::string folder;
  std::vector<Entry> entries;
  /// Names and targets, canonical.
  std::string text;
  /// Two listings with one mark are the same: every name, kind and target, and of all but folders the size,
  /// the time to the nanosecond, inode and device. Folders count by name alone: each has its own mark.
  std::array<uint8_t, kMarkBytes> mark{};
  /// False where an entry could not be looked at: such a listing is like no other.
  bool is_marked = false;
  /// Files and links.
  uint32_t files = 0;
  Failure failure;
};

/// What a walk has found and nobody has taken yet. Bounded: a walk waits for whoever takes.
class Listings {
 public:
  /// False when nobody wants any more. `worth_telling`: so much waits that whoever takes should be told.
  bool put(Listing listing, bool* worth_telling);
  /// No more will come.
  void end();
  /// Nobody wants any more: wakes a walk that waits.
  void refuse();

  /// Moves out what is there, about `most_entries` of them; false when nothing is there yet. `ended`: nothing
  /// will be.
  bool take(size_t most_entries, std::vector<Listing>* taken, bool* ended);

 private:
  std::mutex mutex_;
  std::condition_variable room_;
  std::deque<Listing> waiting_;
  size_t bytes_ = 0;
  size_t entries_ = 0;
  bool ended_ = false;
  bool refused_ = false;
};

struct WalkOptions {
  std::string root;
  /// Below the root, as bytes.
  std::string folder;
  bool recursive = true;
  /// How many folders are looked at at once. More than one may make a rotating disk seek.
  unsigned threads = 2;
};

/// Puts a listing of every folder, parents before what is in them, entries in inode order; `on_listings` is
/// called, by any of the threads, when enough of them wait. A folder that cannot be read is put as a listing
/// with a failure, and the walk goes on.
void walk(const WalkOptions& options, Listings& listings, const std::function<void()>& on_listings);

/// The canonical form of a path's bytes: themselves where they are UTF-8, else percent-escaped after a slash.
/// Appended to `out`; true when it is plain ASCII.
bool append_canonical(std::string_view bytes, std::string* out);

}  // namespace glassine
