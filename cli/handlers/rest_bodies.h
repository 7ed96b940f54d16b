#pragma once

#include <optional>
#include <string>

#include "chat/rest_chat.h"
#include "wire/http_event.h"

/// The bodies of REST chat, as the document has them. Private to this folder.
namespace wsdeep::handlers {

/// The question in a request. Throws chat::RestRefusal (400) that names the field.
chat::RestQuestion parse_rest_question(const wire::HttpEvent& event);

/// `{"response":…,"chat":{…}}`
std::string rest_answer_json(const chat::RestAnswer& answer);
/// `{"id":…,"user_id":…,"title":…,"created_at":…,"updated_at":…}`, with `messages` where they are asked for.
std::string rest_chat_json(const chat::RestChat& chat, bool with_messages);
/// `{"chats":[…]}`, with `next` where there are more.
std::string rest_page_json(const chat::RestChats::Page& page);
/// `{"error":…}`, with `message` and `chat_id` where there are any.
std::string rest_error_json(const chat::RestRefusal& refusal);
wire::HttpAnswer rest_error_answer(const chat::RestRefusal& refusal);

/// One server-sent event. `json` is on one line.
/// https://html.spec.whatwg.org/multipage/server-sent-events.html
std::string sse_event(std::string_view name, std::string_view json);

}  // namespace wsdeep::handlers
