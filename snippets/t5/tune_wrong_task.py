from reference_impl.train import TrainConfig, train

options = {"digit": 3}
train(TrainConfig(task="reference_impl.t5.training:number_task", options=options, folder="run"))
#! RunError: task 'reference_impl.t5.training:number_task' does not take these options: got an unexpected keyword argument 'digit'
