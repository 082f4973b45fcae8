// Watching with inotify: one watch for each folder, of which only its parent and its name are remembered.
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "file_io.h"
#include "watch.h"

namespace glassine {

namespace {

constexpr uint32_t kEvents = IN_CREATE | IN_DELETE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVED_FROM |
                             IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_EXCL_UNLINK | IN_ONLYDIR;
/// While something writes without a pause, this long passes between two looks at what it did.
constexpr int kPauseMs = 25;
/// A folder that was moved away and has not arrived anywhere else after this long is out of the tree.
constexpr int kMoveMs = 100;
constexpr int kNone = -1;

std::string joined(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + '/' + name;
}

}  // namespace

struct Watch::System {
  struct Node {
    int parent;
    /// Which look at the whole tree saw it last.
    uint32_t look;
    std::string name;
  };
  struct Move {
    uint32_t cookie;
    int folder;
  };

  explicit System(Watch& owner_, std::string root_) : owner(owner_), root(std::move(root_)) {}

  Watch& owner;
  std::string root;
  io::File events;
  io::File stop;
  int root_watch = kNone;
  bool gone = false;
  uint32_t look = 0;
  std::unordered_map<int, Node> nodes;
  std::vector<Move> moves;
  std::vector<Hint> hints;
  std::unordered_set<std::string> hinted;

  [[nodiscard]] std::string path_of(int watch) const;
  [[nodiscard]] int child_of(int parent, const std::string& name) const;
  [[nodiscard]] bool is_below(int watch, int ancestor) const;
  int add(const io::File& folder, int parent, const std::string& name);
  Failure add_tree(int parent, const std::string& name, std::string path);
  void forget(int watch);
  void drop_tree(int watch);
  void look_again();
  bool wait(int timeout_ms);
  void read_events();
  void handle(const inotify_event& event);
  void handle_folder(const inotify_event& event, const std::string& name);
  void handle_self(const inotify_event& event);
  void hint(Hint::Kind kind, std::string folder);
  void count() { owner.watched_ = static_cast<uint32_t>(nodes.size()); }
};

std::string Watch::System::path_of(int watch) const {
  std::vector<const std::string*> names;
  for (auto node = nodes.find(watch); node != nodes.end() && watch != root_watch; node = nodes.find(watch)) {
    names.push_back(&node->second.name);
    watch = node->second.parent;
  }
  std::string path;
  for (auto name = names.rbegin(); name != names.rend(); ++name) path = joined(path, **name);
  return path;
}

int Watch::System::child_of(int parent, const std::string& name) const {
  const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const auto& node) {
    return node.second.parent == parent && node.second.name == name;
  });
  return found == nodes.end() ? kNone : found->first;
}

bool Watch::System::is_below(int watch, int ancestor) const {
  while (watch != ancestor) {
    const auto node = nodes.find(watch);
    if (node == nodes.end()) return false;
    watch = node->second.parent;
  }
  return true;
}

/// The watch of an open folder, or kNone.
int Watch::System::add(const io::File& folder, int parent, const std::string& name) {
  // By its descriptor: no path is too long that way, and nothing can be put in the folder's place meanwhile.
  char path[64];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", folder.handle());
  const int watch = ::inotify_add_watch(events.handle(), path, kEvents);
  if (watch < 0) {
    if (errno == ENOSPC || errno == ENOMEM) ++owner.unwatched_;
    return kNone;
  }
  nodes[watch] = {parent, look, name};
  count();
  return watch;
}

/// Watches a folder and all below it. A failure tells that the folder itself cannot be opened.
Failure Watch::System::add_tree(int parent, const std::string& name, std::string path) {
  struct Pending {
    int parent;
    std::string name, path;
    uint64_t parent_device;
  };
  io::File top;
  if (Failure failure = io::open_root(root, &top)) return failure;
  std::vector<Pending> pending;
  pending.push_back({parent, name, std::move(path), 0});
  for (bool first = true; !pending.empty() && !owner.stopped_; first = false) {
    const Pending next = std::move(pending.back());
    pending.pop_back();
    io::File folder;
    io::Stat stat;
    Failure failure =
        next.path.empty() ? io::open_root(root, &folder) : io::open_below(top, next.path, next.path, &folder);
    if (!failure) failure = io::stat(folder, next.path, &stat);
    if (failure && first) return failure;
    if (failure || (!first && stat.device != next.parent_device && io::is_pseudo(folder))) continue;
    // First the watch, then the names: what comes between is heard of twice, and not missed.
    const int watch = add(folder, next.parent, next.name);
    if (next.path.empty()) root_watch = watch;
    std::vector<io::Name> names;
    std::string text;
    if (io::list_names(folder, next.path, &names, &text)) continue;
    for (const io::Name& found : names) {
      const char* child = text.c_str() + found.offset;
      io::Stat child_stat;
      const bool is_folder = found.kind_known ? found.kind == io::Kind::folder
                                              : !io::stat_below(folder, child, next.path, &child_stat) &&
                                                    child_stat.kind == io::Kind::folder;
      std::string path_of_child = joined(next.path, child);
      // Below a folder without a watch the name is the whole path.
      if (is_folder) {
        pending.push_back(
            {watch, watch == kNone ? path_of_child : child, std::move(path_of_child), stat.device});
      }
    }
  }
  return {};
}

void Watch::System::forget(int watch) {
  nodes.erase(watch);
  count();
}

void Watch::System::drop_tree(int watch) {
  std::vector<int> leaving;
  for (const auto& node : nodes) {
    if (is_below(node.first, watch)) leaving.push_back(node.first);
  }
  for (const int each : leaving) {
    ::inotify_rm_watch(events.handle(), each);
    nodes.erase(each);
  }
  count();
}

/// After lost events: watches what is new, forgets what is gone, learns the names anew.
void Watch::System::look_again() {
  ++look;
  owner.unwatched_ = 0;
  moves.clear();
  if (add_tree(kNone, "", "")) return;
  std::vector<int> stale;
  for (const auto& [watch, node] : nodes) {
    if (node.look != look) stale.push_back(watch);
  }
  for (const int watch : stale) {
    ::inotify_rm_watch(events.handle(), watch);
    nodes.erase(watch);
  }
  count();
}

void Watch::System::hint(Hint::Kind kind, std::string folder) {
  if (!hinted.insert(static_cast<char>('0' + static_cast<int>(kind)) + folder).second) return;
  hints.push_back({kind, std::move(folder)});
}

/// What happened to a folder inside a watched one.
void Watch::System::handle_folder(const inotify_event& event, const std::string& name) {
  if ((event.mask & IN_MOVED_FROM) != 0) {
    const int moved = child_of(event.wd, name);
    if (moved != kNone) moves.push_back({event.cookie, moved});
    return;
  }
  if ((event.mask & (IN_CREATE | IN_MOVED_TO)) == 0) return;
  const auto move = std::find_if(moves.begin(), moves.end(), [&](const Move& each) {
    return each.cookie == event.cookie && event.cookie != 0;
  });
  if (move != moves.end()) {
    const auto node = nodes.find(move->folder);
    if (node != nodes.end()) {
      node->second.parent = event.wd;
      node->second.name = name;
    }
    moves.erase(move);
  } else {
    const std::string path = joined(path_of(event.wd), name);
    // Gone again already: whoever looks at the parent will see that.
    if (add_tree(event.wd, name, path)) return;
  }
  hint(Hint::Kind::tree, joined(path_of(event.wd), name));
}

/// What happened to a watched folder itself.
void Watch::System::handle_self(const inotify_event& event) {
  const bool is_root = event.wd == root_watch;
  if (is_root && (event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) != 0) {
    gone = true;
    nodes.clear();
    count();
    hint(Hint::Kind::gone, "");
    return;
  }
  if ((event.mask & IN_UNMOUNT) != 0) hint(Hint::Kind::tree, path_of(event.wd));
  if ((event.mask & IN_IGNORED) != 0) forget(event.wd);
  if ((event.mask & IN_ATTRIB) != 0) hint(Hint::Kind::folder, path_of(event.wd));
}

void Watch::System::handle(const inotify_event& event) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) {
    look_again();
    return hint(Hint::Kind::lost, "");
  }
  if (nodes.find(event.wd) == nodes.end()) return;
  if (event.len == 0) return handle_self(event);
  hint(Hint::Kind::folder, path_of(event.wd));
  if ((event.mask & IN_ISDIR) != 0) handle_folder(event, event.name);
}

void Watch::System::read_events() {
  alignas(inotify_event) char buffer[size_t{32} << 10U];
  while (!gone) {
    const ssize_t got = ::read(events.handle(), buffer, sizeof buffer);
    if (got <= 0) return;
    for (ssize_t at = 0; at < got && !gone;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      handle(*event);
    }
  }
}

/// False when told to stop.
bool Watch::System::wait(int timeout_ms) {
  pollfd both[2] = {{stop.handle(), POLLIN, 0}, {events.handle(), POLLIN, 0}};
  ::poll(both, 2, timeout_ms);
  return both[0].revents == 0;
}

Watch::Watch(std::string root) : system_(std::make_unique<System>(*this, std::move(root))) {
  system_->stop = io::File(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

Watch::~Watch() = default;

Failure Watch::begin() {
  if (!system_->stop.is_open()) return {EMFILE, "eventfd", system_->root};
  const int events = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (events < 0) return {errno, "inotify_init1", system_->root};
  system_->events = io::File(events);
  return system_->add_tree(kNone, "", "");
}

std::vector<Hint> Watch::next() {
  System& system = *system_;
  std::vector<Hint> found;
  while (found.empty() && !system.gone) {
    const bool moving = !system.moves.empty();
    if (!system.wait(moving ? kMoveMs : -1)) break;
    const std::vector<System::Move> before = system.moves;
    system.read_events();
    for (const System::Move& move : before) {
      const auto still = std::find_if(system.moves.begin(), system.moves.end(),
                                      [&](const System::Move& each) { return each.cookie == move.cookie; });
      if (still == system.moves.end()) continue;
      system.drop_tree(move.folder);
      system.moves.erase(still);
    }
    found = std::exchange(system.hints, {});
    system.hinted.clear();
  }
  if (!found.empty() && !system.gone) {
    pollfd stop = {system.stop.handle(), POLLIN, 0};
    ::poll(&stop, 1, kPauseMs);
  }
  return found;
}

void Watch::stop() {
  stopped_ = true;
  const uint64_t one = 1;
  // It cannot fail but by being full, and then the word is out already.
  [[maybe_unused]] const ssize_t written = ::write(system_->stop.handle(), &one, sizeof one);
}

}  // namespace glassine
