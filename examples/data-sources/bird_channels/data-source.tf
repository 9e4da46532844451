data "bird_channels" "all" {
  workspace_id = var.workspace_id
}

output "channels" {
  description = "The channels of the workspace, with the platform of each."
  value = [for channel in data.bird_channels.all.channels :
    "${channel.id}  ${coalesce(channel.platform_id, "-")}  ${coalesce(channel.status, "-")}  ${coalesce(channel.name, "-")}"
  ]
}
