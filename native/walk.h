// Listing folders: every name with what the system says of it, folder by folder, never following a link.
#pragma once

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

/// One folder, or why it could not be read.
struct Listing {
  /// Below the root, canonical: see `src/base/paths.ts`.
  std::string folder;
  std::vector<Entry> entries;
  /// Names and targets, canonical.
  std::string text;
  Failure failure;
};

/// What a walk has found and nobody has taken yet. Bounded: a walk waits for whoever takes.
class Listings {
 public:
  /// False when nobody wants any more.
  bool put(Listing listing);
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
  bool ended_ = false;
  bool refused_ = false;
};

struct WalkOptions {
  std::string root;
  /// Below the root, as bytes.
  std::string folder;
  bool recursive = true;
};

/// Puts a listing of every folder, parents first, entries in inode order; `on_listing` is called after each.
/// A folder that cannot be read is put as a listing with a failure, and the walk goes on.
void walk(const WalkOptions& options, Listings& listings, const std::function<void()>& on_listing);

/// The canonical form of a path's bytes: themselves where they are UTF-8, else percent-escaped after a slash.
/// Appended to `out`; true when it is plain ASCII.
bool append_canonical(std::string_view bytes, std::string* out);

}  // namespace glassine
