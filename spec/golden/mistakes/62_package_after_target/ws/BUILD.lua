filegroup { name = "a" }
package { default_visibility = { "//..." } }
