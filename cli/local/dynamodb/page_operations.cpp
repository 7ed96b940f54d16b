// Query and Scan: a run of items in key order, cut into pages.
//
// A page ends where `Limit` items were evaluated (before the filter), or before the item that would make the evaluated
// items pass 1 MB. LastEvaluatedKey is the key of the last evaluated item: the next page begins right after it. As with
// DynamoDB, a page that ends exactly with the last item has one too, and the page after it is empty.

#include <fmt/format.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <utility>

#include "local/api/fault.h"
#include "local/dynamodb/expression.h"
#include "local/dynamodb/key_condition.h"
#include "local/dynamodb/operations.h"
#include "local/dynamodb/value.h"
#include "wire/json_writer.h"

namespace wsdeep::local {
namespace {

using wire::AttributeMap;
using wire::JsonObject;

constexpr std::size_t kMaxPageBytes = 1 << 20;

/// What Query and Scan have in common, read and checked.
struct PageRequest {
  TableCatalog::Entry* entry = nullptr;
  const Index* index = nullptr;
  KeyRange range;
  std::optional<Condition> filter;
  std::optional<std::vector<Path>> projection;
  bool count_only = false;
  bool all_attributes = false;
  bool consistent = false;
  std::int64_t limit = 0;  ///< 0: none
  std::uint32_t segment = 0;
  std::uint32_t segments = 1;

  const KeySchema& key() const { return index == nullptr ? entry->table.key : index->key; }
  /// An index of its own shows its projection only; a local one fetches the rest from the table when asked to.
  bool needs_index_projection() const {
    return index != nullptr && index->projection != "ALL" && (index->global || (!projection && !all_attributes));
  }
};

struct Page {
  std::vector<std::string> items;
  std::int64_t count = 0;
  std::int64_t scanned = 0;
  std::size_t bytes = 0;
  std::string last_item;  ///< JSON; empty: that was all
};

void read_index(PageRequest& page, const JsonRequest& request) {
  if (!request.has("IndexName")) return;
  const std::string name = request.text("IndexName");
  page.index = page.entry->table.find_index(name);
  if (page.index == nullptr) throw validation_fault("The table does not have the specified index: " + name);
  if (page.index->global && page.consistent)
    throw validation_fault("Consistent reads are not supported on global secondary indexes");
}

void read_limit(PageRequest& page, const JsonRequest& request) {
  const auto limit = request.integer("Limit");
  if (!limit) return;
  if (*limit < 1)
    throw validation_fault(
        fmt::format("1 validation error detected: Value '{}' at 'limit' failed to satisfy constraint: Member must have "
                    "value greater than or equal to 1",
                    *limit));
  page.limit = *limit;
}

void read_select(PageRequest& page, const JsonRequest& request) {
  const std::string select = request.text_or("Select", "");
  if (select.empty()) return;
  require_one_of(select, "select", {"SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"});
  page.count_only = select == "COUNT";
  page.all_attributes = select == "ALL_ATTRIBUTES";
  if (page.projection && select != "SPECIFIC_ATTRIBUTES")
    throw validation_fault(fmt::format("Cannot specify the ProjectionExpression when choosing to get {}",
                                       page.count_only ? "only the Count" : select));
  if (select == "SPECIFIC_ATTRIBUTES" && !page.projection)
    throw validation_fault(
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
        "SPECIFIC_ATTRIBUTES");
  if (select == "ALL_PROJECTED_ATTRIBUTES" && page.index == nullptr)
    throw validation_fault("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
  if (select == "ALL_ATTRIBUTES" && page.index != nullptr && page.index->global && page.index->projection != "ALL")
    throw validation_fault(fmt::format(
        "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary "
        "index {} because its projection type is not ALL",
        page.index->name));
}

/// Whether `encoded` lies in the hash key and between the bounds of the range.
bool contains(const KeyRange& range, const EncodedKey& encoded) {
  return !range.hash || (encoded.hash == *range.hash && encoded.range >= range.low && encoded.range < range.high);
}

void read_start(PageRequest& page, const JsonRequest& request) {
  const Json* json = request.object("ExclusiveStartKey");
  if (json == nullptr) return;
  const AttributeMap start = read_item(*json);
  const Table& table = page.entry->table;
  AttributeMap expected = key_attributes(table.key, start);
  expected.merge(key_attributes(page.key(), start));
  const auto invalid = [](const char* cause) {
    return validation_fault(std::string("The provided starting key is ") + cause);
  };
  if (expected.size() != start.size()) throw invalid("invalid");
  KeyRange::Position after;
  try {
    after = {key_of_item(page.key(), start), key_of_item(table.key, start)};
  } catch (const ApiFault&) {
    throw invalid("invalid: The provided key element does not match the schema");
  }
  if (!contains(page.range, after.key)) throw invalid("outside query boundaries based on provided conditions");
  page.range.after = std::move(after);
}

/// Everything but the range, which Query and Scan find differently; the range has to be there before `read_start`.
PageRequest read_page(DynamoDbContext& context, const JsonRequest& request) {
  PageRequest page;
  page.entry = &require_table(context, request);
  page.consistent = request.boolean("ConsistentRead", false);
  read_index(page, request);
  read_limit(page, request);
  return page;
}

void read_expressions(PageRequest& page, const JsonRequest& request, Placeholders& placeholders) {
  if (request.has("FilterExpression"))
    page.filter = parse_condition(request.text("FilterExpression"), "FilterExpression", placeholders);
  if (request.has("ProjectionExpression"))
    page.projection = parse_projection(request.text("ProjectionExpression"), placeholders);
  placeholders.require_all_used();
  read_select(page, request);
}

/// DynamoDB's parallel scans: each item belongs to one segment, by its hash key.
bool in_segment(const PageRequest& page, std::string_view hash) {
  if (page.segments == 1) return true;
  boost::crc_32_type crc;
  crc.process_bytes(hash.data(), hash.size());
  return crc.checksum() % page.segments == page.segment;
}

/// Adds a row to the page; the item is taken apart only when something asks for its parts.
void evaluate(const PageRequest& request, std::string_view json, Page& page) {
  ++page.scanned;
  const bool needs_parts = request.filter || request.projection || request.needs_index_projection();
  if (!needs_parts) {
    ++page.count;
    if (!request.count_only) page.items.emplace_back(json);
    return;
  }
  AttributeMap item = wire::parse_attribute_map(json);
  if (request.needs_index_projection()) item = project_to_index(request.entry->table, *request.index, item);
  if (request.filter && !holds(*request.filter, item)) return;
  ++page.count;
  if (request.count_only) return;
  page.items.push_back(wire::encode(request.projection ? project(item, *request.projection) : item));
}

Page read_items(const PageRequest& request) {
  Page page;
  std::string previous;
  request.entry->items->for_each(request.index, request.range, [&](const ItemStore::Row& row) {
    if (!in_segment(request, row.hash)) return true;
    if (page.scanned > 0 && page.bytes + row.bytes > kMaxPageBytes) {
      page.last_item = previous;
      return false;
    }
    page.bytes += row.bytes;
    evaluate(request, row.json, page);
    if (page.scanned == request.limit) page.last_item = row.json;
    previous = row.json;
    return page.last_item.empty();
  });
  return page;
}

std::string answer_page(const JsonRequest& request, const PageRequest& page_request) {
  const Page page = read_items(page_request);
  const Table& table = page_request.entry->table;
  JsonObject answer;
  if (!page_request.count_only) answer.add_json("Items", wire::json_list(page.items));
  answer.add("Count", page.count).add("ScannedCount", page.scanned);
  if (!page.last_item.empty()) {
    const AttributeMap item = wire::parse_attribute_map(page.last_item);
    AttributeMap key = key_attributes(table.key, item);
    key.merge(key_attributes(page_request.key(), item));
    answer.add_json("LastEvaluatedKey", wire::encode(key));
  }
  std::string text = answer.text();
  const std::string capacity = consumed_capacity(request, table, read_units(page.bytes, page_request.consistent));
  return text.insert(text.size() - 1, capacity);
}

void refuse_key_filters(const PageRequest& page) {
  for_each_path(*page.filter, [&](const Path& path) {
    const std::string& name = std::get<std::string>(path.front());
    if (page.key().find(name) != nullptr)
      throw validation_fault(fmt::format(
          "Filter Expression can only contain non-primary key attributes: Primary key attribute: {}", name));
  });
}

void read_segment(PageRequest& page, const JsonRequest& request) {
  const auto segment = request.integer("Segment");
  const auto total = request.integer("TotalSegments");
  if (!segment && !total) return;
  if (!segment)
    throw validation_fault(
        "The Segment parameter is required but was not present in the request when parameter TotalSegments is present");
  if (!total)
    throw validation_fault(
        "The TotalSegments parameter is required but was not present in the request when Segment parameter is present");
  if (*total < 1 || *total > 1'000'000 || *segment < 0 || *segment >= *total)
    throw validation_fault(
        fmt::format("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: {} is "
                    "not less than TotalSegments: {}",
                    *segment, *total));
  page.segment = static_cast<std::uint32_t>(*segment);
  page.segments = static_cast<std::uint32_t>(*total);
}

}  // namespace

std::string query(DynamoDbContext& context, const JsonRequest& request) {
  PageRequest page = read_page(context, request);
  Placeholders placeholders =
      read_placeholders(request, {"KeyConditionExpression", "FilterExpression", "ProjectionExpression"});
  if (!request.has("KeyConditionExpression"))
    throw validation_fault(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  const Condition condition =
      parse_condition(request.text("KeyConditionExpression"), "KeyConditionExpression", placeholders);
  read_expressions(page, request, placeholders);
  page.range = range_of(condition, page.key());
  page.range.forward = request.boolean("ScanIndexForward", true);
  if (page.filter) refuse_key_filters(page);
  read_start(page, request);
  return answer_page(request, page);
}

std::string scan(DynamoDbContext& context, const JsonRequest& request) {
  PageRequest page = read_page(context, request);
  Placeholders placeholders = read_placeholders(request, {"FilterExpression", "ProjectionExpression"});
  read_expressions(page, request, placeholders);
  read_segment(page, request);
  read_start(page, request);
  return answer_page(request, page);
}

}  // namespace wsdeep::local
