#include "net/http_streams.h"

#include <curl/curl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <new>
#include <optional>
#include <set>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "net/http_transfer.h"

// libcurl's multi handle, driven by the sockets that have something to say (curl_multi_socket_action) and not by a look
// at all of them: a piece of one stream among 2,000 costs what it costs when it is alone.
//
// The thread sleeps in epoll_wait on libcurl's sockets and on an eventfd, until libcurl's timer at the longest. Other
// threads write orders (start, cancel, hold) into a mailbox and ring the eventfd; the thread reads them between two
// rounds of events, so that libcurl is never asked for something while it is in a callback, which it does not bear.
//
// An exchange that has ended is taken from `running_` before it is told so: what its callback does, even to destroy
// things, meets no half-ended exchange.

namespace wsdeep::net {
namespace {

using std::chrono::milliseconds;

/// A stream's pieces are small; this much lies between the kernel and the callbacks for each of them.
constexpr long kPieceBytes = 8 << 10;
/// What the kernel takes for a stream that is held; it counts its own overhead, twice as much.
constexpr int kReceiveBuffer = 64 << 10;
constexpr long kIdleConnections = 1024;
/// Of those whose exchange has ended: to make one anew costs more than a short exchange does.
constexpr std::size_t kSpareHandles = 64;

int bound_receive_buffer(void*, curl_socket_t socket, curlsocktype) {
  ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
  return CURL_SOCKOPT_OK;
}

/// Throws where the system gives none.
OwnedDescriptor owned(int fd) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "cannot watch sockets");
  return OwnedDescriptor(fd);
}

struct OpenExchange {
  OpenExchange(HttpCall made, HttpStreams::Ended told) : call(std::move(made)), ended(std::move(told)) {}

  HttpCall call;
  HttpStreams::Ended ended;
  std::uint64_t id = 0;
  CurlEasy easy;
  std::optional<HttpTransfer> transfer;
  std::optional<SteadyTime> drain_until;  ///< also in the list of drains
  bool held = false;
  bool tells = false;  ///< pieces, in this round
};

enum class Verb { kStart, kCancel, kHold, kGoOn, kWork };

/// What `work` threw, if it did.
template <typename Work>
std::optional<TransportError> failure_of(const Work& work) {
  try {
    work();
    return std::nullopt;
  } catch (const TransportError& error) {
    return error;
  } catch (const std::exception& error) {
    return TransportError(TransportFault::kOther, error.what());
  }
}

struct Order {
  Verb verb;
  std::uint64_t id;
  std::unique_ptr<OpenExchange> exchange{};  ///< of kStart
  std::function<void()> work{};              ///< of kWork
};

}  // namespace

struct HttpStreams::Stream::Mail {
  /// Rings only when the reader may sleep: it looks into the box after each round.
  void put(Order order) {
    bool ring = false;
    {
      const std::lock_guard lock(mutex);
      if (closed) return;
      ring = orders.empty() && std::this_thread::get_id() != reader;
      orders.push_back(std::move(order));
    }
    if (ring) wake();
  }
  std::vector<Order> take() {
    const std::lock_guard lock(mutex);
    return std::exchange(orders, {});
  }
  void wake() const {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(bell.get(), &one, sizeof one));
  }

  const OwnedDescriptor bell = owned(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  std::mutex mutex;
  std::vector<Order> orders;
  std::thread::id reader;
  bool closed = false;
  std::atomic<std::uint64_t> last_id = 0;
};

void HttpStreams::Stream::hold(bool held) const {
  if (mail_) mail_->put({held ? Verb::kHold : Verb::kGoOn, id_});
}

struct HttpStreams::Impl {
  struct Cancel {
    std::shared_ptr<Stream::Mail> mail;
    std::uint64_t id;
    void operator()() const { mail->put({Verb::kCancel, id}); }
  };
  struct Running {
    std::unique_ptr<OpenExchange> exchange;
    std::unique_ptr<std::stop_callback<Cancel>> cancel;
  };

  Impl();
  ~Impl();

  static int on_socket(CURL*, curl_socket_t socket, int what, void* context, void* known);
  static int on_timer(CURLM*, long timeout_ms, void* context);
  void run();
  int patience_ms() const;
  void react(int ready);
  void act(curl_socket_t socket, int what);
  void carry_out(Order order);
  void begin(std::uint64_t id, std::unique_ptr<OpenExchange> exchange);
  void watch_consumer(std::uint64_t id, OpenExchange& exchange);
  CurlEasy handle();
  void take_back(OpenExchange& exchange);
  void hold(std::uint64_t id, bool held);
  void tell_pauses();
  void look_for_ends();
  void look_for_drains();
  void end(std::uint64_t id, CURLcode code);
  void end_all();

  std::shared_ptr<Stream::Mail> mail = std::make_shared<Stream::Mail>();
  OwnedDescriptor epoll = owned(::epoll_create1(EPOLL_CLOEXEC));
  CurlMulti multi;
  std::vector<CurlEasy> spare;
  std::optional<SteadyTime> timer;  ///< libcurl's
  std::unordered_map<std::uint64_t, Running> running;
  std::set<std::pair<SteadyTime, std::uint64_t>> drains;
  std::vector<std::uint64_t> told;  ///< pieces in this round
  std::array<epoll_event, 256> events{};
  std::atomic<bool> stopping = false;
  std::thread thread;
};

HttpStreams::Impl::Impl() {
  init_curl_once();
  multi.reset(curl_multi_init());
  if (!multi) throw std::bad_alloc();
  curl_multi_setopt(multi.get(), CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(multi.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi.get(), CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(multi.get(), CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, kIdleConnections);
  epoll_event bell{EPOLLIN, {.fd = mail->bell.get()}};
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, mail->bell.get(), &bell) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot watch sockets");
  thread = std::thread([this] { run(); });
}

HttpStreams::Impl::~Impl() {
  stopping = true;
  mail->wake();
  thread.join();
}

/// libcurl says what it wants to know of a socket.
int HttpStreams::Impl::on_socket(CURL*, curl_socket_t socket, int what, void* context, void* known) {
  Impl& impl = *static_cast<Impl*>(context);
  const bool wants = what == CURL_POLL_IN || what == CURL_POLL_OUT || what == CURL_POLL_INOUT;
  epoll_event wanted{};
  wanted.data.fd = socket;
  if ((what & CURL_POLL_IN) != 0) wanted.events |= EPOLLIN;
  if ((what & CURL_POLL_OUT) != 0) wanted.events |= EPOLLOUT;
  // Not with nothing to wait for: epoll tells of a peer's end unasked, again and again.
  if (!wants) wanted.events = 0;
  if (known != nullptr) ::epoll_ctl(impl.epoll.get(), wants ? EPOLL_CTL_MOD : EPOLL_CTL_DEL, socket, &wanted);
  if (known == nullptr && wants) ::epoll_ctl(impl.epoll.get(), EPOLL_CTL_ADD, socket, &wanted);
  curl_multi_assign(impl.multi.get(), socket, wants ? &impl : nullptr);
  return 0;
}

int HttpStreams::Impl::on_timer(CURLM*, long timeout_ms, void* context) {
  std::optional<SteadyTime>& timer = static_cast<Impl*>(context)->timer;
  timer.reset();
  if (timeout_ms >= 0) timer = std::chrono::steady_clock::now() + milliseconds(timeout_ms);
  return 0;
}

void HttpStreams::Impl::run() {
  {
    const std::lock_guard lock(mail->mutex);
    mail->reader = std::this_thread::get_id();
  }
  while (!stopping) {
    const int ready = ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), patience_ms());
    react(std::max(ready, 0));
  }
  end_all();
}

int HttpStreams::Impl::patience_ms() const {
  std::optional<SteadyTime> next = timer;
  if (!drains.empty()) next = std::min(next.value_or(drains.begin()->first), drains.begin()->first);
  if (!next) return -1;
  const auto left = std::chrono::ceil<milliseconds>(*next - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<milliseconds::rep>(left.count(), 0, 60'000));
}

void HttpStreams::Impl::react(int ready) {
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.fd == mail->bell.get()) {
      std::uint64_t rings = 0;
      static_cast<void>(!::read(mail->bell.get(), &rings, sizeof rings));
      continue;
    }
    int what = 0;  // libcurl looks itself
    if ((event.events & (EPOLLERR | EPOLLHUP)) == 0)
      what = ((event.events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
             ((event.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0);
    act(event.data.fd, what);
  }
  if (timer && *timer <= std::chrono::steady_clock::now()) {
    timer.reset();
    act(CURL_SOCKET_TIMEOUT, 0);
  }
  tell_pauses();
  look_for_ends();
  for (auto orders = mail->take(); !orders.empty(); orders = mail->take())
    for (Order& order : orders) carry_out(std::move(order));
  look_for_drains();
}

void HttpStreams::Impl::act(curl_socket_t socket, int what) {
  int count = 0;
  curl_multi_socket_action(multi.get(), socket, what, &count);
}

void HttpStreams::Impl::carry_out(Order order) {
  switch (order.verb) {
    case Verb::kStart:
      return begin(order.id, std::move(order.exchange));
    case Verb::kCancel:
      return end(order.id, CURLE_ABORTED_BY_CALLBACK);
    case Verb::kHold:
    case Verb::kGoOn:
      return hold(order.id, order.verb == Verb::kHold);
    case Verb::kWork:
      return order.work();
  }
}

void HttpStreams::Impl::begin(std::uint64_t id, std::unique_ptr<OpenExchange> exchange) {
  OpenExchange& one = *exchange;
  watch_consumer(id, one);
  const auto flaw = failure_of([this, &one] {
    one.easy = handle();
    one.transfer.emplace(one.easy.get(), one.call);
  });
  if (flaw) return one.ended({}, &*flaw);
  one.id = id;
  curl_easy_setopt(one.easy.get(), CURLOPT_PRIVATE, &one);
  curl_easy_setopt(one.easy.get(), CURLOPT_BUFFERSIZE, kPieceBytes);
  curl_easy_setopt(one.easy.get(), CURLOPT_SOCKOPTFUNCTION, bound_receive_buffer);
  const std::stop_token token = one.call.cancel;
  running.emplace(id, Running{std::move(exchange), nullptr});
  curl_multi_add_handle(multi.get(), one.easy.get());
  // It may be cancelled by now, and says so in the mail.
  running.at(id).cancel = std::make_unique<std::stop_callback<Cancel>>(token, Cancel{mail, id});
}

CurlEasy HttpStreams::Impl::handle() {
  CurlEasy easy(spare.empty() ? curl_easy_init() : spare.back().release());
  if (!spare.empty()) spare.pop_back();
  if (!easy) throw std::bad_alloc();
  return easy;
}

/// HttpTransfer gives a handle all its options anew. One whose exchange failed is in who knows what state.
void HttpStreams::Impl::take_back(OpenExchange& exchange) {
  if (exchange.held || spare.size() == kSpareHandles) return;
  exchange.transfer.reset();
  spare.push_back(std::move(exchange.easy));
}

/// The consumer that wants no more of a body starts the time that the rest of it has; one that is told something
/// although it is held (what came before libcurl would have stopped is forgotten) is held again.
void HttpStreams::Impl::watch_consumer(std::uint64_t id, OpenExchange& exchange) {
  if (!exchange.call.on_data) return;
  exchange.call.on_data = [this, id, &exchange, take = std::move(exchange.call.on_data)](std::string_view piece) {
    const bool goes_on = take(piece);
    if (!goes_on) {
      exchange.drain_until = std::chrono::steady_clock::now() + exchange.call.drain;
      drains.emplace(*exchange.drain_until, id);
    }
    if (exchange.call.on_pause && !std::exchange(exchange.tells, true)) told.push_back(id);
    if (exchange.held) mail->put({Verb::kHold, id});
    return goes_on;
  };
}

void HttpStreams::Impl::hold(std::uint64_t id, bool held) {
  const auto found = running.find(id);
  if (found == running.end()) return;
  found->second.exchange->held = held;
  curl_easy_pause(found->second.exchange->easy.get(), held ? CURLPAUSE_RECV : CURLPAUSE_CONT);
}

void HttpStreams::Impl::tell_pauses() {
  for (const std::uint64_t id : told)
    if (const auto found = running.find(id); found != running.end()) {
      found->second.exchange->tells = false;
      found->second.exchange->call.on_pause();
    }
  told.clear();
}

void HttpStreams::Impl::look_for_ends() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
    const CURLcode code = message->data.result;
    OpenExchange* exchange = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
    end(exchange->id, code);
  }
}

void HttpStreams::Impl::look_for_drains() {
  while (!drains.empty() && drains.begin()->first <= std::chrono::steady_clock::now())
    end(drains.begin()->second, CURLE_ABORTED_BY_CALLBACK);
}

void HttpStreams::Impl::end(std::uint64_t id, CURLcode code) {
  const auto found = running.find(id);
  if (found == running.end()) return;
  const Running gone = std::move(found->second);
  running.erase(found);
  OpenExchange& exchange = *gone.exchange;
  if (exchange.drain_until) drains.erase({*exchange.drain_until, id});
  curl_multi_remove_handle(multi.get(), exchange.easy.get());
  HttpResponse response;
  const auto fault = failure_of([&] { response = exchange.transfer->conclude(code); });
  if (!fault) take_back(exchange);
  exchange.ended(std::move(response), fault ? &*fault : nullptr);
}

void HttpStreams::Impl::end_all() {
  std::vector<Order> unread;
  {
    const std::lock_guard lock(mail->mutex);
    mail->closed = true;
    unread = std::exchange(mail->orders, {});
  }
  for (Order& order : unread) carry_out(std::move(order));
  while (!running.empty()) end(running.begin()->first, CURLE_ABORTED_BY_CALLBACK);
}

HttpStreams::HttpStreams() : impl_(std::make_unique<Impl>()) {}
HttpStreams::~HttpStreams() = default;

HttpStreams::Stream HttpStreams::start(HttpCall call, Ended ended) {
  Stream stream;
  stream.mail_ = impl_->mail;
  stream.id_ = ++stream.mail_->last_id;
  stream.mail_->put({Verb::kStart, stream.id_, std::make_unique<OpenExchange>(std::move(call), std::move(ended))});
  return stream;
}

void HttpStreams::post(std::function<void()> work) {
  impl_->mail->put({Verb::kWork, 0, nullptr, std::move(work)});
}

}  // namespace wsdeep::net
