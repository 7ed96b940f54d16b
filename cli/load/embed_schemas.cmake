# cmake -DOUTPUT=file.cpp -DREPORT=folder -P embed_schemas.cmake
# Writes the JSON Schemas into a C++ source, so that the installed program needs no files beside it.
file(READ ${REPORT}/result.schema.json result)
file(READ ${REPORT}/turn.schema.json turn)
file(WRITE ${OUTPUT} "// Generated from report/*.schema.json by embed_schemas.cmake.
#include \"load/report/json.h\"

namespace wsdeep::load {

std::string_view result_schema() {
  return R\"~~~(${result})~~~\";
}

std::string_view turn_schema() {
  return R\"~~~(${turn})~~~\";
}

}  // namespace wsdeep::load
")
