#pragma once

#include "net/http_message.h"

/// Which of the pool's answers the scripts of a page from elsewhere may read: as at Cognito, those of the API and of
/// the endpoints that apps call, from every origin; not the pages that people sign in on. Nothing here goes by cookies,
/// so an origin that is not trusted learns nothing from it that it could not ask for by itself.
/// https://fetch.spec.whatwg.org/#http-cors-protocol
namespace wsdeep::local {

/// Whether it asks, with OPTIONS, if a page may send a request to the API or to such an endpoint.
bool is_preflight(const net::HttpRequest& request);
net::HttpResponse preflight_response(const net::HttpRequest& request);
/// Whether the request comes from a page and its answer is for it to read.
bool is_for_pages(const net::HttpRequest& request);
net::HttpResponse open_to_pages(net::HttpResponse response);

}  // namespace wsdeep::local
