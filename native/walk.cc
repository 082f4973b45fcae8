// The walk itself: one folder after another, a bounded queue, names in canonical form.
#include "walk.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace glassine {

namespace {

constexpr size_t kMostWaitingBytes = size_t{8} << 20U;

size_t size_of(const Listing& listing) {
  return listing.entries.size() * sizeof(Entry) + listing.text.size() + listing.folder.size() +
         sizeof(Listing);
}

/// The length of the UTF-8 sequence that begins here, as Unicode allows it; 0 when there is none.
size_t sequence_length(const unsigned char* at, size_t left) {
  const unsigned first = at[0];
  if (first < 0x80) return 1;
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || left < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((at[i] & 0xC0U) != 0x80) return 0;
  }
  const unsigned second = at[1];
  // No longer forms than needed, no surrogates, nothing above U+10FFFF.
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
  if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
  return length;
}

int64_t whole_microseconds(int64_t nanoseconds) {
  return nanoseconds >= 0 ? nanoseconds / 1000 : -((-nanoseconds + 999) / 1000);
}

enum class Text { ascii, utf8, neither };

Text text_of(std::string_view bytes) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  Text text = Text::ascii;
  for (size_t i = 0; i < bytes.size();) {
    const size_t length = sequence_length(at + i, bytes.size() - i);
    if (length == 0) return Text::neither;
    if (length > 1) text = Text::utf8;
    i += length;
  }
  return text;
}

void append_escaped(std::string_view bytes, std::string* out) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F && c != '%') {
      *out += c;
    } else {
      *out += '%';
      *out += kDigits[byte >> 4U];
      *out += kDigits[byte & 15U];
    }
  }
}

/// Where a link points, as `targetFromBytes` in `src/base/paths.ts` writes it: itself where it is UTF-8 and
/// does
/// not begin with two slashes, else percent-escaped after two.
void append_target(const std::string& target, std::string* out) {
  if (text_of(target) != Text::neither && target.compare(0, 2, "//") != 0) {
    *out += target;
    return;
  }
  *out += "//";
  append_escaped(target, out);
}

std::string joined(const std::string& folder, const char* name) {
  return folder.empty() ? std::string(name) : folder + '/' + name;
}

class Walk {
 public:
  Walk(const WalkOptions& options, Listings& listings, const std::function<void()>& on_listing)
      : options_(options), listings_(listings), on_listing_(on_listing) {}

  void run();

 private:
  struct Pending {
    std::string folder;
    uint64_t parent_device;
  };

  Failure list(const io::File& folder, const Pending& pending, uint64_t device);
  bool look(const io::File& folder, const std::string& path, const io::Name& name, Listing* listing);
  bool put(Listing listing);
  void put_failure(const std::string& path, Failure failure);
  [[nodiscard]] std::string full_path(const std::string& path) const {
    return joined(options_.root, path.c_str());
  }

  const WalkOptions& options_;
  Listings& listings_;
  const std::function<void()>& on_listing_;
  io::File root_;
  /// A stack: the folders of one folder in reverse, so that the first is next.
  std::vector<Pending> pending_;
  std::vector<io::Name> names_;
  std::string names_text_;
  bool wanted_ = true;
};

bool Walk::put(Listing listing) {
  wanted_ = listings_.put(std::move(listing));
  on_listing_();
  return wanted_;
}

void Walk::put_failure(const std::string& path, Failure failure) {
  Listing listing;
  append_canonical(path, &listing.folder);
  listing.failure = std::move(failure);
  put(std::move(listing));
}

/// Adds one entry; false when it vanished. What is there but cannot be looked at is not missing: it is listed
/// as what its folder says it is, without size or time, so that whoever tries to read it hears why that
/// fails.
bool Walk::look(const io::File& folder, const std::string& path, const io::Name& name, Listing* listing) {
  const char* text = names_text_.c_str() + name.offset;
  io::Stat stat;
  std::string target;
  Failure failure = io::stat_below(folder, text, path, &stat);
  if (!failure && stat.kind == io::Kind::link) failure = io::read_link(folder, text, path, &target);
  if (failure) {
    if (failure.number == ENOENT) return false;
    stat = {};
    stat.kind = name.kind == io::Kind::link ? io::Kind::file : name.kind;
    stat.inode = name.inode;
  }
  Entry entry;
  entry.kind = stat.kind;
  entry.name = static_cast<uint32_t>(listing->text.size());
  entry.ascii = append_canonical(text, &listing->text);
  listing->text += '\0';
  if (stat.kind == io::Kind::link) {
    entry.target = static_cast<uint32_t>(listing->text.size());
    append_target(target, &listing->text);
    listing->text += '\0';
  }
  entry.bytes = stat.kind == io::Kind::file ? stat.bytes : target.size();
  entry.modified_us = whole_microseconds(stat.modified_ns);
  entry.inode = stat.inode;
  entry.device = stat.device;
  listing->entries.push_back(entry);
  return true;
}

Failure Walk::list(const io::File& folder, const Pending& pending, uint64_t device) {
  names_.clear();
  names_text_.clear();
  if (Failure failure = io::list_names(folder, full_path(pending.folder), &names_, &names_text_))
    return failure;
  std::sort(names_.begin(), names_.end(),
            [](const io::Name& a, const io::Name& b) { return a.inode < b.inode; });
  Listing listing;
  append_canonical(pending.folder, &listing.folder);
  listing.entries.reserve(names_.size());
  listing.text.reserve(names_text_.size());
  const size_t first = pending_.size();
  const std::string path = pending.folder;
  for (const io::Name& name : names_) {
    if (look(folder, path, name, &listing) && options_.recursive &&
        listing.entries.back().kind == io::Kind::folder) {
      pending_.push_back({joined(path, names_text_.c_str() + name.offset), device});
    }
    if (!wanted_) return {};
  }
  std::reverse(pending_.begin() + static_cast<std::ptrdiff_t>(first), pending_.end());
  put(std::move(listing));
  return {};
}

void Walk::run() {
  const std::string& start = options_.folder;
  if (Failure failure = io::open_root(options_.root, &root_)) return put_failure(start, std::move(failure));
  pending_.push_back({start, 0});
  while (wanted_ && !pending_.empty()) {
    const Pending next = std::move(pending_.back());
    pending_.pop_back();
    const std::string path = full_path(next.folder);
    io::File folder;
    io::Stat stat;
    Failure failure = next.folder.empty() ? io::open_root(options_.root, &folder)
                                          : io::open_below(root_, next.folder, path, &folder);
    if (!failure) failure = io::stat(folder, path, &stat);
    const bool is_mount = next.folder != start && stat.device != next.parent_device;
    if (!failure && is_mount && io::is_pseudo(folder)) continue;
    if (!failure) failure = list(folder, next, stat.device);
    if (failure) put_failure(next.folder, std::move(failure));
  }
}

}  // namespace

bool append_canonical(std::string_view bytes, std::string* out) {
  const Text text = text_of(bytes);
  if (text == Text::neither) {
    *out += '/';
    append_escaped(bytes, out);
  } else {
    out->append(bytes);
  }
  return text != Text::utf8;
}

bool Listings::put(Listing listing) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return refused_ || bytes_ < kMostWaitingBytes; });
  if (refused_) return false;
  bytes_ += size_of(listing);
  waiting_.push_back(std::move(listing));
  return true;
}

void Listings::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
}

void Listings::refuse() {
  const std::lock_guard lock(mutex_);
  refused_ = true;
  room_.notify_all();
}

bool Listings::take(size_t most_entries, std::vector<Listing>* taken, bool* ended) {
  const std::lock_guard lock(mutex_);
  for (size_t entries = 0; !waiting_.empty() && entries < most_entries; waiting_.pop_front()) {
    Listing& next = waiting_.front();
    entries += next.entries.size() + 1;
    bytes_ -= size_of(next);
    taken->push_back(std::move(next));
  }
  room_.notify_all();
  *ended = ended_ && waiting_.empty();
  return !taken->empty();
}

void walk(const WalkOptions& options, Listings& listings, const std::function<void()>& on_listing) {
  Walk(options, listings, on_listing).run();
}

}  // namespace glassine
