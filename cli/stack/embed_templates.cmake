# cmake -DOUTPUT=file.cpp -DMODULES="a.yaml;b.yaml" -DNODE_FILES="node/setup;…" -DLAB_FILES="lab/setup;…"
#   -P embed_templates.cmake
# Writes the template modules and the files of a node's and of the lab's package into a C++ source, so that the installed
# program needs no files beside it.
set(entries "")
foreach(module IN LISTS MODULES)
  get_filename_component(name ${module} NAME_WE)
  file(READ ${module} text)
  string(APPEND entries "    {\"${name}\", R\"~~~(${text})~~~\"},\n")
endforeach()
set(node_entries "")
set(lab_entries "")
foreach(kind IN ITEMS node lab)
  string(TOUPPER ${kind} upper)
  foreach(path IN LISTS ${upper}_FILES)
    get_filename_component(name ${path} NAME)
    file(READ ${path} text)
    string(APPEND ${kind}_entries "    {\"${name}\", R\"~~~(${text})~~~\"},\n")
  endforeach()
endforeach()
file(WRITE ${OUTPUT} "// Generated from templates/ by embed_templates.cmake.
#include \"stack/package/node_files.h\"
#include \"stack/template/modules.h\"

namespace wsdeep::stack {

const std::vector<TemplateModule>& embedded_modules() {
  static const std::vector<TemplateModule> kModules = {
${entries}  };
  return kModules;
}

const std::vector<NodeFile>& node_files() {
  static const std::vector<NodeFile> kFiles = {
${node_entries}  };
  return kFiles;
}

const std::vector<NodeFile>& lab_files() {
  static const std::vector<NodeFile> kFiles = {
${lab_entries}  };
  return kFiles;
}

}  // namespace wsdeep::stack
")
