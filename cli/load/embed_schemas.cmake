# cmake -DOUTPUT=file.cpp -DREPORT=folder -P embed_schemas.cmake
# Writes the JSON Schemas into a C++ source, so that the installed program needs no files beside it.
file(READ ${REPORT}/result.schema.json result)
file(READ ${REPORT}/turn.schema.json turn)
file(READ ${REPORT}/series.schema.json series)
file(READ ${REPORT}/limit.schema.json limit)

# What holds results has their schema in itself: a validator then needs no other file, and no way to find one.
string(REGEX REPLACE "\n  \"\\$(schema|id)\": [^\n]*" "" inner "${result}")
string(REPLACE "\"#/$defs/" "\"#/$defs/result/$defs/" inner "${inner}")
string(STRIP "${inner}" inner)
string(REPLACE "\n" "\n    " inner "${inner}")
foreach(outer series limit)
  string(REPLACE "{\"$ref\": \"urn:wsdeep.loadtest:1\"}" "${inner}" ${outer} "${${outer}}")
endforeach()

file(WRITE ${OUTPUT} "// Generated from report/*.schema.json by embed_schemas.cmake.
#include \"load/report/document.h\"
#include \"load/report/json.h\"

namespace wsdeep::load {

std::string_view result_schema() {
  return R\"~~~(${result})~~~\";
}

std::string_view turn_schema() {
  return R\"~~~(${turn})~~~\";
}

std::string_view series_schema() {
  return R\"~~~(${series})~~~\";
}

std::string_view limit_schema() {
  return R\"~~~(${limit})~~~\";
}

}  // namespace wsdeep::load
")
