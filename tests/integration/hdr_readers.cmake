# Our HdrHistogram logs beside those of its Java and JavaScript libraries.
add_executable(hdr_tool ${CMAKE_CURRENT_LIST_DIR}/../support/hdr_tool.cpp)
target_link_libraries(hdr_tool PRIVATE wsdeep_load)
