# cmake -DOUTPUT=file.cpp -DMODULES="a.yaml;b.yaml" -P embed_templates.cmake
# Writes the template modules into a C++ source, so that the installed program needs no files beside it.
set(entries "")
foreach(module IN LISTS MODULES)
  get_filename_component(name ${module} NAME_WE)
  file(READ ${module} text)
  string(APPEND entries "    {\"${name}\", R\"~~~(${text})~~~\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Generated from templates/*.yaml by embed_templates.cmake.
#include \"stack/template/modules.h\"

namespace wsdeep::stack {

const std::vector<TemplateModule>& embedded_modules() {
  static const std::vector<TemplateModule> kModules = {
${entries}  };
  return kModules;
}

}  // namespace wsdeep::stack
")
