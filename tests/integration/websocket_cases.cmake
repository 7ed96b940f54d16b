# RFC 6455 frame by frame, against both of net's ends.
add_executable(echo_tool ${CMAKE_CURRENT_LIST_DIR}/../support/echo_tool.cpp)
target_link_libraries(echo_tool PRIVATE wsdeep_net)
