#pragma once

#include <boost/system/error_code.hpp>
#include <concepts>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace boost::asio {}

namespace wsdeep::net {

namespace asio = boost::asio;
using boost::system::error_code;

/// What an operation calls when it has ended, once. Like std::function, but for handlers that can only be moved.
class Completion {
 public:
  template <typename Function>
  requires(!std::same_as<std::remove_cvref_t<Function>, Completion>) Completion(Function&& function)
      : held_(std::make_unique<Held<std::remove_cvref_t<Function>>>(std::forward<Function>(function))) {}

  void operator()(error_code failed, std::size_t bytes = 0) {
    Base& held = *held_;
    held.call(std::move(held_), failed, bytes);
  }

 private:
  struct Base {
    virtual ~Base() = default;
    /// Frees `self` before calling: the call often starts the next operation, which takes the same memory again.
    virtual void call(std::unique_ptr<Base> self, error_code failed, std::size_t bytes) = 0;
  };
  template <typename Function>
  struct Held final : Base {
    template <typename From>
    explicit Held(From&& from) : function(std::forward<From>(from)) {}
    void call(std::unique_ptr<Base> self, error_code failed, std::size_t bytes) override {
      Function local(std::move(function));
      self.reset();
      local(failed, bytes);
    }
    Function function;
  };

  std::unique_ptr<Base> held_;
};

}  // namespace wsdeep::net
