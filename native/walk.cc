// The walk itself: a few folders at once, a bounded queue, names in canonical form.
#include "walk.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <exception>
#include <iterator>
#include <system_error>
#include <thread>
#include <utility>

#include "blake3/blake3.h"

namespace glassine {

namespace {

constexpr size_t kMostWaitingBytes = size_t{8} << 20U;
/// Enough to be worth a call to JavaScript.
constexpr size_t kTellEntries = 2048;
constexpr size_t kTellBytes = size_t{1} << 20U;

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

void append_number(uint64_t number, std::string* out) {
  out->append(reinterpret_cast<const char*>(&number), sizeof number);
}

/// What tells an entry from any other, so that no two lists of entries read the same.
void append_facts(const char* name, const io::Stat& stat, const std::string& target, std::string* facts) {
  *facts += static_cast<char>(stat.kind);
  if (stat.kind != io::Kind::folder) {
    append_number(stat.bytes, facts);
    append_number(static_cast<uint64_t>(stat.modified_ns), facts);
    append_number(stat.inode, facts);
    append_number(stat.device, facts);
  }
  facts->append(name, std::strlen(name) + 1);
  if (stat.kind == io::Kind::link) facts->append(target.c_str(), target.size() + 1);
}

class Walk {
 public:
  Walk(const WalkOptions& options, Listings& listings, const std::function<void()>& on_listings)
      : options_(options), listings_(listings), on_listings_(on_listings) {}

  void run();

 private:
  struct Pending {
    std::string folder;
    uint64_t parent_device = 0;
  };
  /// What a thread has for itself.
  struct Desk {
    std::vector<io::Name> names;
    std::string names_text;
    std::string facts;
  };

  void work();
  bool next(Pending* pending);
  void finished();
  void leave_off();
  void visit(const Pending& pending, Desk* desk);
  Failure list(const io::File& folder, const Pending& pending, uint64_t device, Desk* desk);
  bool look(const io::File& folder, const std::string& path, const io::Name& name, Desk* desk,
            Listing* listing);
  void put(Listing listing);
  void put_failure(const std::string& path, Failure failure);
  void add(std::vector<Pending> folders);
  [[nodiscard]] std::string full_path(const std::string& path) const {
    return joined(options_.root, path.c_str());
  }

  const WalkOptions& options_;
  Listings& listings_;
  const std::function<void()>& on_listings_;
  io::File root_;
  std::atomic<bool> wanted_{true};

  std::mutex mutex_;
  std::condition_variable changed_;
  /// A stack: the folders of one folder in reverse, so that the first is next.
  std::vector<Pending> pending_;
  /// Folders that are being looked at: each may add more.
  size_t busy_ = 0;
  std::exception_ptr broken_;
};

void Walk::put(Listing listing) {
  bool worth_telling = false;
  if (!listings_.put(std::move(listing), &worth_telling)) leave_off();
  if (worth_telling) on_listings_();
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
bool Walk::look(const io::File& folder, const std::string& path, const io::Name& name, Desk* desk,
                Listing* listing) {
  const char* text = desk->names_text.c_str() + name.offset;
  io::Stat stat;
  std::string target;
  Failure failure = io::stat_below(folder, text, path, &stat);
  if (!failure && stat.kind == io::Kind::link) failure = io::read_link(folder, text, path, &target);
  if (failure) {
    if (failure.number == ENOENT) return false;
    stat = {};
    stat.kind = name.kind == io::Kind::link ? io::Kind::file : name.kind;
    stat.inode = name.inode;
    listing->is_marked = false;
  }
  append_facts(text, stat, target, &desk->facts);
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
  if (stat.kind == io::Kind::file || stat.kind == io::Kind::link) listing->files += 1;
  return true;
}

Failure Walk::list(const io::File& folder, const Pending& pending, uint64_t device, Desk* desk) {
  std::vector<io::Name>& names = desk->names;
  std::string& text = desk->names_text;
  names.clear();
  text.clear();
  // A listing of another make than this one has another mark.
  desk->facts = "glassine listing 1";
  if (Failure failure = io::list_names(folder, full_path(pending.folder), &names, &text)) return failure;
  std::sort(names.begin(), names.end(), [&](const io::Name& a, const io::Name& b) {
    return a.inode != b.inode ? a.inode < b.inode
                              : std::strcmp(text.c_str() + a.offset, text.c_str() + b.offset) < 0;
  });
  Listing listing;
  append_canonical(pending.folder, &listing.folder);
  listing.entries.reserve(names.size());
  listing.text.reserve(text.size());
  listing.is_marked = true;
  std::vector<Pending> folders;
  for (const io::Name& name : names) {
    if (look(folder, pending.folder, name, desk, &listing) && options_.recursive &&
        listing.entries.back().kind == io::Kind::folder) {
      folders.push_back({joined(pending.folder, text.c_str() + name.offset), device});
    }
    if (!wanted_) return {};
  }
  const blake3::Hash hash = blake3::hash(desk->facts.data(), desk->facts.size());
  std::copy_n(hash.begin(), kMarkBytes, listing.mark.begin());
  // First itself, so that a parent is told of before its children, whichever thread finds them.
  put(std::move(listing));
  add(std::move(folders));
  return {};
}

void Walk::visit(const Pending& pending, Desk* desk) {
  const std::string path = full_path(pending.folder);
  io::File folder;
  io::Stat stat;
  Failure failure = pending.folder.empty() ? io::open_root(options_.root, &folder)
                                           : io::open_below(root_, pending.folder, path, &folder);
  if (!failure) failure = io::stat(folder, path, &stat);
  const bool is_mount = pending.folder != options_.folder && stat.device != pending.parent_device;
  if (!failure && is_mount && io::is_pseudo(folder)) return;
  if (!failure) failure = list(folder, pending, stat.device, desk);
  if (failure) put_failure(pending.folder, std::move(failure));
}

void Walk::add(std::vector<Pending> folders) {
  if (folders.empty()) return;
  const std::lock_guard lock(mutex_);
  std::move(folders.rbegin(), folders.rend(), std::back_inserter(pending_));
  changed_.notify_all();
}

bool Walk::next(Pending* pending) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !wanted_ || !pending_.empty() || busy_ == 0; });
  if (!wanted_ || pending_.empty()) return false;
  *pending = std::move(pending_.back());
  pending_.pop_back();
  busy_ += 1;
  return true;
}

void Walk::finished() {
  const std::lock_guard lock(mutex_);
  if (--busy_ == 0) changed_.notify_all();
}

void Walk::leave_off() {
  const std::lock_guard lock(mutex_);
  wanted_ = false;
  changed_.notify_all();
}

void Walk::work() {
  try {
    Desk desk;
    for (Pending pending; next(&pending); finished()) visit(pending, &desk);
  } catch (...) {
    {
      const std::lock_guard lock(mutex_);
      broken_ = std::current_exception();
    }
    leave_off();
  }
}

void Walk::run() {
  if (Failure failure = io::open_root(options_.root, &root_))
    return put_failure(options_.folder, std::move(failure));
  pending_.push_back({options_.folder, 0});
  std::vector<std::thread> helpers;
  try {
    for (unsigned i = 1; options_.recursive && i < options_.threads; ++i)
      helpers.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    // Where no further thread can be had, those there are do it.
  }
  work();
  for (std::thread& helper : helpers) helper.join();
  if (broken_) std::rethrow_exception(broken_);
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

bool Listings::put(Listing listing, bool* worth_telling) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return refused_ || bytes_ < kMostWaitingBytes; });
  if (refused_) return false;
  bytes_ += size_of(listing);
  entries_ += listing.entries.size() + 1;
  waiting_.push_back(std::move(listing));
  *worth_telling = entries_ >= kTellEntries || bytes_ >= kTellBytes;
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
    entries_ -= next.entries.size() + 1;
    taken->push_back(std::move(next));
  }
  room_.notify_all();
  *ended = ended_ && waiting_.empty();
  return !taken->empty();
}

void walk(const WalkOptions& options, Listings& listings, const std::function<void()>& on_listings) {
  Walk(options, listings, on_listings).run();
}

}  // namespace glassine
